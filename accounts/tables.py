"""The columns of the People and Accounts lists and of a client's history; rooms above add theirs to the lists."""

from typing import Any, Protocol

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import trail_words
from accounts.models import Client, Person, Trail
from smartrec import contributions
from smartrec.tables import (
    BalanceColumn,
    Column,
    HtmlColumn,
    MenuColumn,
    MomentColumn,
    RowAction,
    SelectColumn,
    SubjectColumn,
    Table,
    TagsColumn,
)

_NAMED = 2


class OfClient(Protocol):
    """A person as the People list asks for them: with the client whose account they are in."""

    client_id: int


def age_words(person: Person) -> str:
    """`9 y`, `9 ans`, or nothing when the birth date is not known."""
    years = person.age(timezone.localdate())
    if years is None:
        return ""
    return ngettext("%(n)s y", "%(n)s y", years).replace(" ", "\N{NO-BREAK SPACE}") % {"n": years}


def by_name(rows: QuerySet, key: str, *, searching: bool, descending: bool) -> QuerySet:
    """In the order of names, however the database would rather look for them.

    Saying that there is a name lets the database walk the names in order instead of sorting all of them. But while a
    name is searched it must not walk them and hope to meet enough that match (half a second instead of ten
    milliseconds): an expression has no index to walk.
    """
    name = Concat(F(key), Value("")) if searching else F(key)
    named = rows.filter(**{f"{key}__isnull": False})
    return named.order_by(name.desc() if descending else name.asc(), "pk")


class ClientTable(Table):
    """What both lists share: the row menu, and who may do what from it."""

    what_all = ""

    def __init__(self, *args: Any, searching: bool = False, can: contributions.Can | None = None, **kwargs: Any):
        self.searching = searching
        self.file_actions = contributions.actions("client", can) if can else []
        super().__init__(*args, **kwargs)

    def client_of(self, record: Any) -> int:
        raise NotImplementedError

    def row_actions(self, record: Any) -> list[RowAction]:
        client = self.client_of(record)
        added = (RowAction(a.label, self.url(a.url_name, client), a.icon) for a in self.file_actions)
        return [RowAction(_("Open file"), self.url("client", client), "user"), *added]


class PeopleTable(ClientTable):
    what = gettext_lazy("People matching the filters")

    pick = SelectColumn()
    person = SubjectColumn(
        accessor="list_name",
        verbose_name=gettext_lazy("Person"),
        url=lambda person, table: table.url("client", person.client_id),
    )
    owner = Column(
        accessor="account__owner",
        verbose_name=gettext_lazy("Account owner"),
        width="owner",
    )
    tags = TagsColumn(
        accessor="client_tags",
        verbose_name=gettext_lazy("Tags"),
        orderable=False,
        narrow=False,
    )
    balance = BalanceColumn(accessor="client_balance", verbose_name=gettext_lazy("Balance"))
    menu = MenuColumn()

    @property
    def select_label(self) -> str:
        shown = len(self.page)
        return ngettext("Select the person on this page", "Select the %(n)s people on this page", shown) % {"n": shown}

    def order_owner(self, rows: QuerySet, descending: bool) -> tuple[QuerySet, bool]:
        return by_name(rows, "account__owner__sort_key", searching=self.searching, descending=descending), True

    def order_person(self, rows: QuerySet, descending: bool) -> tuple[QuerySet, bool]:
        return by_name(rows, "sort_key", searching=self.searching, descending=descending), True

    def render_person(self, record: Person) -> SafeString:
        column: SubjectColumn = self.columns["person"].column
        return column.open(record.list_name, record, self, age_words(record))

    def client_of(self, record: OfClient) -> int:
        return record.client_id

    def row_actions(self, record: Person) -> list[RowAction]:
        open_file, *added = super().row_actions(record)
        return [open_file, RowAction(_("See this person"), self.url("person", record.pk), "id-badge-2"), *added]


class AccountsTable(ClientTable):
    what = gettext_lazy("Accounts matching the filters")

    pick = SelectColumn()
    owner = SubjectColumn(
        accessor="account__owner__list_name",
        verbose_name=gettext_lazy("Account owner"),
        url=lambda client, table: table.url("client", client.pk),
    )
    people = HtmlColumn(accessor="account__people", verbose_name=gettext_lazy("People"), orderable=False)
    contact = HtmlColumn(
        accessor="account__email",
        verbose_name=gettext_lazy("Contact"),
        orderable=False,
        empty_values=(),
        width="name",
    )
    balance = BalanceColumn(verbose_name=gettext_lazy("Balance"))
    menu = MenuColumn()

    two_lines = True

    @property
    def select_label(self) -> str:
        shown = len(self.page)
        said = ngettext("Select the account on this page", "Select the %(n)s accounts on this page", shown)
        return said % {"n": shown}

    def key(self, record: Client) -> int:
        return record.account_id

    def client_of(self, record: Client) -> int:
        return record.pk

    def order_owner(self, rows: QuerySet, descending: bool) -> tuple[QuerySet, bool]:
        return by_name(rows, "account__owner__sort_key", searching=self.searching, descending=descending), True

    def render_people(self, record: Client) -> SafeString:
        """How many, and the first names of the first two; all the names when one points at it."""
        people = record.account.people.all()
        names = [person.first_name for person in people]
        shown = [*names[:_NAMED], f"+{len(names) - _NAMED}"] if len(names) > _NAMED else names
        every = ", ".join(str(person) for person in people)
        return format_html(
            '<span class="num">{}</span> <span class="sub" title="{}">{}</span>', len(names), every, ", ".join(shown)
        )

    def value_people(self, record: Client) -> str:
        return ", ".join(str(person) for person in record.account.people.all())

    def render_contact(self, record: Client) -> SafeString | str:
        email, phone = record.account.email, record.account.phone
        if not (email or phone):
            return self.columns["contact"].default
        return format_html(
            '<span class="two"><span title="{0}">{0}</span><small class="num">{1}</small></span>', email, phone
        )

    def value_contact(self, record: Client) -> str:
        return record.account.email or record.account.phone


class HistoryTable(Table):
    """Who did what to a client, newest first."""

    what = gettext_lazy("History")
    cards = True

    at = MomentColumn(verbose_name=gettext_lazy("Date"), orderable=False, card="line")
    verb = HtmlColumn(verbose_name=gettext_lazy("What happened"), orderable=False, card="title")
    actor = HtmlColumn(verbose_name=gettext_lazy("By"), orderable=False, empty_values=(), width="owner")

    def render_verb(self, record: Trail) -> str:
        return trail_words.say(record, self.currency)

    def render_actor(self, record: Trail) -> str:
        return str(record.actor) if record.actor else _("SmartRec, automatically")


class AuditTable(HistoryTable):
    """The same for the whole organization: each line names its client, if it is about one."""

    what = gettext_lazy("Audit log")

    client = HtmlColumn(
        accessor="client_id", verbose_name=gettext_lazy("Account"), orderable=False, width="owner", card="line"
    )

    class Meta:
        sequence = ("at", "verb", "client", "actor")

    def render_client(self, record: Trail) -> SafeString:
        url = self.url("client", record.client_id)
        return format_html('<a href="{0}" title="{1}">{1}</a>', url, record.client)
