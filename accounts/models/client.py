import datetime as dt
from typing import NamedTuple, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models import F, FilteredRelation, Func, Q, TextField, Value
from django.db.models.functions import Concat, Upper

from accounts.models.organization import Organization


class Plain(Func):
    """Lower case without accents, in the database: the key that names are searched and sorted by."""

    function = "smartrec_plain"
    output_field = TextField()


def joined(*fields: str) -> Concat:
    """Several columns as one text, a space between them."""
    parts = [part for field in fields for part in (F(field), Value(" "))]
    return Concat(*parts[:-1], output_field=TextField())


class Summary(NamedTuple):
    """How many rows a list has, to how many accounts they belong, and what these owe together."""

    rows: int
    accounts: int
    balance: int


_SUMMARY = """
WITH found (client, balance) AS ({found}), clients AS (SELECT DISTINCT client, balance FROM found)
SELECT (SELECT count(*) FROM found), count(*), coalesce(sum(balance), 0)::bigint FROM clients
"""


def _summarize(rows: models.QuerySet, client: str, balance: str, most: int | None) -> Summary:
    # One reading of the rows answers all three; two people of a household are one balance.
    try:
        found, params = rows.order_by().values_list(client, balance)[:most].query.sql_with_params()
    except EmptyResultSet:
        return Summary(0, 0, 0)
    with connections[rows.db].cursor() as cursor:
        cursor.execute(_SUMMARY.format(found=found), params)
        return Summary(*cursor.fetchone())


class AccountQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(clients__organization=organization, clients__archived_at=None)


class Account(models.Model):
    """A household's file: its owner pays, its members take part. Several organizations may serve the same account."""

    kind = models.CharField(max_length=10, default="household")
    owner = models.OneToOneField("accounts.Person", on_delete=models.PROTECT, null=True, related_name="owned_account")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="account"
    )
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=5, default="fr")
    address_line1 = models.CharField(max_length=120, blank=True)
    address_city = models.CharField(max_length=80, blank=True)
    address_province = models.CharField(max_length=2, blank=True)
    address_postal_code = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["household", "corporate"]), name="account_kind_is_known"),
            models.CheckConstraint(condition=Q(language__in=["fr", "en"]), name="account_language_is_known"),
        ]
        indexes = [
            models.Index(fields=["email"], name="account_email"),
            models.Index(Upper("email"), name="account_email_any_case"),
        ]

    def __str__(self) -> str:
        return str(self.owner) if self.owner else f"#{self.pk}"


def age_on(born: dt.date, day: dt.date) -> int:
    """Whole years between a birth date and a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class PersonQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        """People of the accounts this organization serves (archived clients left out)."""
        return self.filter(account__clients__organization=organization, account__clients__archived_at=None)

    def with_client(self, organization: Organization) -> Self:
        """People of this organization's clients (archived ones left out), with what the list asks of the client.

        One join serves every question, and it cannot double a person. Ask with `client_balance` and its like:
        asking with `client__balance` would join again.
        """
        mine = FilteredRelation("account__clients", condition=Q(account__clients__organization=organization))
        listed = self.alias(client=mine).filter(client__organization=organization, client__archived_at=None)
        columns = ("id", "balance", "tags", "has_card", "has_bank")
        return listed.annotate(**{f"client_{column}": F(f"client__{column}") for column in columns})

    def summary(self, most: int | None = None) -> Summary:
        """Of people `with_client`: the totals of a list, reading at most so many rows."""
        return _summarize(self, "client_id", "client_balance", most)

    def by_name(self) -> Self:
        return self.order_by("sort_key", "pk")

    def named(self, text: str) -> Self:
        """Whose name, e-mail or telephone has every word typed, accents or not."""
        people = self
        for word in text.split():
            people = people.filter(search_key__contains=Plain(Value(word)))
        return people

    def called(self, first_name: str, last_name: str) -> Self:
        """Of exactly that name, accents and capitals aside."""
        return self.filter(sort_key=Plain(Value(f"{last_name.strip()} {first_name.strip()}")))


class Person(models.Model):
    """Anyone in an account, its owner included: the participant of a registration, the person an invoice is for."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="people")
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    birth_date = models.DateField(null=True, blank=True)
    gender = models.CharField(max_length=1, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sort_key = models.GeneratedField(
        expression=Plain(joined("last_name", "first_name")), output_field=TextField(), db_persist=True
    )
    search_key = models.GeneratedField(
        expression=Plain(joined("first_name", "last_name", "first_name", "email", "phone")),
        output_field=TextField(),
        db_persist=True,
    )

    objects = PersonQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["sort_key", "id"], name="person_by_name"),
            GinIndex(OpClass("search_key", name="gin_trgm_ops"), name="person_search"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(gender__in=["", "f", "m", "x"]), name="person_gender_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def list_name(self) -> str:
        """`Tremblay, Léa`: how lists show and sort a name."""
        return f"{self.last_name}, {self.first_name}".strip(", ")

    def age(self, on: dt.date) -> int | None:
        return age_on(self.birth_date, on) if self.birth_date else None


class ClientQuerySet(models.QuerySet):
    def for_organization(self, organization: Organization) -> Self:
        return self.filter(organization=organization)

    def active(self) -> Self:
        return self.filter(archived_at=None)

    def summary(self, most: int | None = None) -> Summary:
        """The totals of a list, reading at most so many rows."""
        return _summarize(self, "pk", "balance", most)


class Client(models.Model):
    """An account as one organization knows it: its number, its balance with this organization, tags and notes.

    `balance` is in cents, positive when the client owes; it is the sum of the client's ledger transfers and is moved
    by the database together with them, never by hand. `has_card` and `has_bank` say whether this organization may
    charge one now; the database keeps them in step with the authorizations.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="clients")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="clients")
    number = models.PositiveIntegerField()
    external_id = models.CharField(max_length=60, blank=True)
    balance = models.BigIntegerField(default=0, editable=False)
    has_card = models.BooleanField(default=False, editable=False)
    has_bank = models.BooleanField(default=False, editable=False)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    notes = models.TextField(blank=True)
    joined_on = models.DateField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ClientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "account"], name="client_once_per_organization"),
            models.UniqueConstraint(fields=["organization", "number"], name="client_number_is_unique"),
            models.UniqueConstraint(
                fields=["organization", "external_id"],
                condition=~Q(external_id=""),
                name="client_external_id_is_unique",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "organization"], name="client_of_account"),
            models.Index(fields=["organization", "balance"], name="client_by_balance"),
            models.Index(fields=["organization", "account"], condition=Q(has_card=True), name="client_with_card"),
            models.Index(fields=["organization", "account"], condition=Q(has_bank=True), name="client_with_bank"),
        ]

    def __str__(self) -> str:
        return str(self.account)

    @property
    def display_number(self) -> str:
        return f"C-{self.number:05d}"
