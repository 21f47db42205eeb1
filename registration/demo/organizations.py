"""The made-up centres themselves: who they are, who works there, what they sell."""

import datetime as dt

from django.utils import timezone

from accounts.models import Organization, StaffMembership, User
from billing.models import LedgerCode, Tax, TaxRate
from registration.demo import catalogue
from registration.demo.sizes import Size
from registration.models import Activity, MembershipType, Program
from wallet.models import ProcessorAccount

PASSWORD = "dix-erables-rouges"  # noqa: S105 - printed beside the address of every demo
CENTRES = (
    ("erables", "Les Érables", "Centre récréatif", "Recreation centre", "#0f5c9e", catalogue.RECREATION),
    ("saint-aubin", "Club de soccer Saint-Aubin", "Club sportif", "Sports club", "#1b6b3a", catalogue.SOCCER),
)
STAFF = {
    "owner": ("Sylvie Paquette", "Marc Deslauriers"),
    "finance": ("Denise Lachapelle", "Robert Aubin"),
    "front_desk": ("Kim Tran", "Léo Martel"),
    "coordinator": ("Alexandra Roy", "Yann Caron"),
    "auditor": ("Pierre Sansregret", "Monique Hardy"),
}
FURTHER_TOWNS = (
    "Beauval", "Montclair", "Saint-Elzéar", "Rivière-Noire", "Lac-aux-Pins", "Grande-Baie", "Valmont", "Saint-Cyprien",
    "Belle-Anse", "Rocheville", "Pointe-Claire-du-Lac", "Sainte-Flore", "Mont-Blanc", "Val-des-Prés", "Clairval",
    "Saint-Omer", "Port-Neuf", "Bois-Francs",
)  # fmt: skip


def create(size: Size, *, processor_accounts: dict[str, str], on: dt.date, now: dt.datetime) -> list[Organization]:
    """Every centre of the network with its staff and its catalogue."""
    organizations = []
    for position, (slug, name, tagline_fr, tagline_en, color, courses) in enumerate(_centres(size)):
        organization = Organization.objects.create(
            slug=slug,
            name=name,
            tagline_fr=tagline_fr,
            tagline_en=tagline_en,
            brand_color=color,
            legal_name=f"{name} inc.",
            address=f"{100 + position} rue des Érables\nSaint-Aubin (Québec)  J3B 4K7",
            email=f"info@{slug}.example",
            phone="450 555-0100",
            processor_account=processor_accounts[slug],
            # The first centre earns a course week by week, the others when it is sold.
            defers_revenue=not position,
        )
        _open_account(organization, now)
        _employ(organization, position)
        _stock(organization, courses, size.groups_elsewhere if position else size.groups, on)
        organizations.append(organization)
    return organizations


def slugs(size: Size) -> list[str]:
    return [centre[0] for centre in _centres(size)]


def _centres(size: Size) -> list[tuple]:
    further = [
        (f"centre-{number}", f"Loisirs {town}", "Centre de loisirs", "Leisure centre", "", catalogue.RECREATION)
        for number, town in enumerate(FURTHER_TOWNS[: size.organizations - len(CENTRES)], len(CENTRES) + 1)
    ]
    return [*CENTRES, *further]


def sign_in(role: str, slug: str) -> str:
    """The address by which a made-up administrator signs in."""
    return f"{role.replace('_', '-')}@{slug}.example"


def _open_account(organization: Organization, now: dt.datetime) -> None:
    """Where it is paid, in order as the processor says of every account it was not told to question."""
    ProcessorAccount.objects.create(
        organization=organization,
        processor_id=organization.processor_account,
        label=organization.name,
        country=organization.country,
        currency=organization.currency,
        charges_enabled=True,
        payouts_enabled=True,
        details_submitted=True,
        created_at=now,
        checked_at=now,
    )


def _employ(organization: Organization, position: int) -> None:
    for role, names in STAFF.items():
        name = names[position % len(names)]
        email = sign_in(role, organization.slug)
        password = PASSWORD if position < len(CENTRES) else None
        user = User.objects.create_user(email, password, name=name, language="", email_confirmed_at=timezone.now())
        StaffMembership.objects.create(user=user, organization=organization, role=role)


def _stock(organization: Organization, courses: tuple, groups: int, on: dt.date) -> None:
    """Fill the shelves: codes, taxes, memberships, and every course in every season."""
    codes = {
        code: LedgerCode.objects.create(organization=organization, code=code, name_fr=french, name_en=english)
        for code, french, english in catalogue.LEDGER_CODES
    }
    for position, (tax_code, fr, en, rates, number) in enumerate(catalogue.TAXES, 1):
        named = {"name_fr": fr, "name_en": en, "number": number, "position": position}
        tax = Tax.objects.create(organization=organization, code=tax_code, **named)
        TaxRate.objects.bulk_create(TaxRate(tax=tax, starts_on=day, rate=rate) for day, rate in rates)
    MembershipType.objects.bulk_create(
        MembershipType(organization=organization, name_fr=fr, name_en=en, price=price, ledger_code=codes["4200"])
        for fr, en, price in catalogue.MEMBERSHIPS
    )
    for season in catalogue.seasons(on):
        program = Program.objects.create(
            organization=organization,
            name_fr=season.french,
            name_en=season.english,
            starts_on=season.starts_on,
            ends_on=season.ends_on,
        )
        Activity.objects.bulk_create(_activities(program, season, courses, groups, codes))


def _activities(program, season, courses, groups, codes) -> list[Activity]:
    if season.is_camp:
        offers = [(catalogue.CAMP, group, *_week(catalogue.CAMP, group)) for group in range(8)]
    else:
        offers = [
            (course, group, *catalogue.group_name(course, group, groups))
            for course in courses
            for group in range(groups)
        ]
    return [
        Activity(
            organization=program.organization,
            program=program,
            name_fr=french,
            name_en=english,
            category=course.category,
            ledger_code=codes[course.code],
            price=course.price,
            starts_on=season.starts_on + dt.timedelta(days=7 * group if season.is_camp else group % 7),
        )
        for course, group, french, english in offers
    ]


def _week(course: catalogue.Course, group: int) -> tuple[str, str]:
    return course.french.format(week=group + 1), course.english.format(week=group + 1)
