"""A small room with one page of each kind, so that the kit is tested by what a room would write."""

from allauth.account.views import login
from django import forms
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from accounts.models import Client
from smartrec import errors, filters
from smartrec.forms import MoneyField
from smartrec.health import Alive, Ready
from smartrec.tables import BalanceColumn, Column, MenuColumn, RowAction, SelectColumn, SubjectColumn, Table, TagsColumn
from smartrec.views import Command, DetailPage, FormPage, ListPage, PlainPage, PortalMixin, Tab
from smartrec.views.frame import Preferences, SwitchLanguage


class HouseholdTable(Table):
    what = _("Accounts")
    select_label = "Select the accounts on this page"
    pick = SelectColumn()
    owner = SubjectColumn(
        accessor="account__owner__list_name",
        order_by=("account__owner__sort_key",),
        verbose_name=_("Account owner"),
        url=lambda record, table: table.url("account", record.pk),
    )
    email = Column(accessor="account__email", verbose_name=_("Email"), width="owner")
    tags = TagsColumn(verbose_name=_("Tags"), narrow=False, orderable=False)
    balance = BalanceColumn(verbose_name=_("Balance"))
    menu = MenuColumn()

    def row_actions(self, record):
        return [RowAction(_("Open file"), self.url("account", record.pk), "user")]


class HouseholdFilters(filters.FilterSet):
    q = filters.SearchFilter(field_name="account__owner__search_key", lookup_expr="icontains", label=_("Search"))
    card = filters.YesNoFilter(field_name="has_card", label=_("Saved card"))
    balance = filters.MoneyRangeFilter(field_name="balance", label=_("Balance"))
    joined = filters.DateRangeFilter(field_name="joined_on", label=_("Joined"))


class Households(ListPage):
    permission_required = "clients.view"
    title, page_key, select_url_name = _("Accounts"), "households", "pick"
    table_class, filterset_class, default_order = HouseholdTable, HouseholdFilters, ("owner",)

    def rows(self):
        return Client.objects.for_organization(self.organization).select_related("account__owner")

    def view_tabs(self):
        return [Tab(_("All"), self.request.path, 2418, True), Tab("Automne 2026", "?view=1", 342)]


class Household(DetailPage):
    permission_required = "clients.view"
    nav = "people"
    template_name = "back_office.html"

    def rows(self):
        return Client.objects.for_organization(self.organization)


class AmountForm(forms.Form):
    amount = MoneyField(label=_("Amount"), min_value=500, max_value=17_200)
    how = forms.ChoiceField(label="How", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect, required=False)
    receipt = forms.BooleanField(label="Email a receipt", required=False)


class TakePayment(FormPage):
    permission_required = "payments.take"
    title, submit_label, form_class, takes_money = "Make a payment", "Charge", AmountForm, True

    def run(self, form):
        if form.cleaned_data["amount"] == 666:
            raise errors.Refused("This card is expired.")
        if form.cleaned_data["amount"] == 999:
            raise RuntimeError("the wire was cut")
        return form.cleaned_data["amount"]

    def get_success_message(self, result):
        return f"Took {result}."

    def get_success_url(self, result=None):
        return self.org_url("people")


class Pick(Command):
    permission_required = "selections.use"

    def run(self, data):
        if data.get("row") == "0":
            raise errors.Refused("No such row.")
        if data.get("row") == "409":
            raise errors.Conflict("Sylvie changed this invoice at 10:42.", "/new")
        return data

    def get_success_url(self, result=None):
        return self.org_url("people")


class PortalHome(PortalMixin, TemplateView):
    template_name = "portal.html"
    title = "Home"


class Dashboard(PlainPage):
    permission_required = "home.view"
    template_name = "back_office.html"
    title = "Home"


class Settings(PlainPage):
    permission_required = "settings.edit"
    template_name = "back_office.html"


back_office = [
    path("", Dashboard.as_view(), name="dashboard"),
    path("people/", Households.as_view(), name="people"),
    path("accounts/<int:pk>/", Household.as_view(), name="account"),
    path("pay/", TakePayment.as_view(), name="take-payment"),
    path("pick/", Pick.as_view(), name="pick"),
    path("settings/", Settings.as_view(), name="settings"),
]
portal = [path("", PortalHome.as_view(), name="my-home")]
urlpatterns = [
    path("healthz", Alive.as_view(), name="healthz"),
    path("readyz", Ready.as_view(), name="readyz"),
    path("i18n/", SwitchLanguage.as_view(), name="switch-language"),
    path("me/", Preferences.as_view(), name="preferences"),
    path("", include("allauth.urls")),
    path("sign-in/", login, name="account_login"),
    path("o/<slug:org>/", include(back_office)),
    path("my/", include(portal)),
]
handler403 = "smartrec.errors.forbidden"
handler404 = "smartrec.errors.not_found"
handler500 = "smartrec.errors.server_error"
