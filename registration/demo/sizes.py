"""How big a made-up network is: the planning sizes of a club, a city, a large network, and one for measuring."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Size:
    """Counts, and shares in a hundred.

    `groups`: how often the first centre offers each course in a season. `invoiced`: households whose registrations are
    invoiced. `charged`: most payments one centre takes. `asks_processor`: saved methods are made at the (sandbox)
    processor, one by one; otherwise they carry its official test tokens and nothing is asked or taken.
    """

    name: str
    organizations: int = 2
    accounts: int
    people: int
    groups: int
    groups_elsewhere: int = 1
    enrolments: int
    invoiced: int = 100
    charged: int = 1_000
    cards: int
    banks: int
    asks_processor: bool


SIZES = {
    size.name: size
    for size in (
        Size(
            name="small",
            accounts=400,
            people=900,
            groups=1,
            enrolments=760,
            cards=55,
            banks=10,
            asks_processor=True,
        ),
        Size(
            name="city",
            accounts=8_000,
            people=18_000,
            groups=6,
            groups_elsewhere=3,
            enrolments=16_000,
            cards=45,
            banks=12,
            asks_processor=True,
        ),
        Size(
            name="network",
            organizations=6,
            accounts=80_000,
            people=185_000,
            groups=24,
            groups_elsewhere=6,
            enrolments=180_000,
            invoiced=70,
            cards=50,
            banks=15,
            asks_processor=False,
        ),
        Size(
            name="million",
            organizations=20,
            accounts=300_000,
            people=1_000_000,
            groups=50,
            groups_elsewhere=3,
            enrolments=2_000_000,
            invoiced=20,
            cards=50,
            banks=15,
            asks_processor=False,
        ),
    )
}
