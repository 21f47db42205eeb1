"""One invoice for one client at the screen: lines, preview, draft, creation, and everything that is refused."""

import pytest
from django.urls import reverse

from billing.models import Invoice, InvoiceDraft, InvoiceItem
from messaging.models import Message
from tests.billing.invoiced import a_centre, typed
from tests.billing.views.ways import HTMX, at, signed_in
from tests.builders import a_ledger_code, a_person, a_tax, an_account, an_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return an_account(a_centre(), email="marie@example.com")


@pytest.fixture
def desk(client):
    return signed_in("front_desk", client.organization)


def form_of(client) -> str:
    return at(client.organization, "invoice-new", client.pk)


def text(response, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def figures(page: str) -> str:
    return page.replace('<span class="money">', "").replace("</span>", "")


def shown(client, desk, *prices: str, **more) -> dict:
    """The form as its preview sends it, with the total the preview showed."""
    data = typed(client, *prices, **more)
    page = text(desk.post(form_of(client), data))
    total = page.partition('name="shown" value="')[2].partition('"')[0]
    assert total.isdigit()
    return {**data, "do": "create", "shown": total}


def test_in_5_the_form_opens_from_the_clients_file(client, desk):
    page = text(desk.get(at(client.organization, "client-billing", client.pk)))
    assert f'href="{form_of(client)}"' in page
    assert 'name="line-0-description"' in text(desk.get(form_of(client)))


def test_s31_the_preview_shows_the_totals_and_creates_nothing(client, desk):
    page = figures(text(desk.post(form_of(client), typed(client, "100", "0"))))
    for figure in ("$100.00", "$5.00", "$9.98", "$114.98", "Create invoice"):
        assert figure in page
    assert Invoice.objects.count() == 0


def test_s31_what_was_previewed_is_created_once(client, desk):
    data = shown(client, desk, "100", note="Merci", internal_note="Vu avec Léa")
    answers = [desk.post(form_of(client), data) for _twice in range(2)]
    invoice = Invoice.objects.get()
    assert {answer.url for answer in answers} == {at(client.organization, "invoice", invoice.pk)}
    assert (invoice.total, invoice.note, invoice.internal_note) == (11_498, "Merci", "Vu avec Léa")
    assert (invoice.created_by, Message.objects.count()) == (desk.user, 0)


def test_s31_the_second_sending_says_so(client, desk):
    data = shown(client, desk, "100")
    desk.post(form_of(client), data)
    assert "already sent" in text(desk.post(form_of(client), data, follow=True))


def test_nothing_is_created_without_the_total_that_was_shown(client, desk):
    page = text(desk.post(form_of(client), typed(client, "100", do="create")), 422)
    assert "The total has changed" in page
    assert Invoice.objects.count() == 0


def test_s31_a_line_bears_its_treatment_person_and_period(client, desk):
    child = a_person(client.account, "Léa Tremblay")
    line = {"line_treatment": "included", "line_person": child.pk, "line_quantity": 3}
    line |= {"line_service_from": "2026-09-01", "line_service_to": "2026-12-15"}
    desk.post(form_of(client), shown(client, desk, "33.33", **line))
    item = InvoiceItem.objects.get()
    assert (item.total, item.subtotal + item.tax_total, item.tax_included) == (9_999, 9_999, True)
    assert (item.person, str(item.service_from), str(item.service_to)) == (child, "2026-09-01", "2026-12-15")
    assert [tax.amount for tax in item.taxes.order_by("tax__position")] == [435, 868]


def test_an_exempt_line_bears_no_tax_whatever_is_ticked(client, desk):
    desk.post(form_of(client), shown(client, desk, "100", line_treatment="exempt"))
    assert (Invoice.objects.get().total, InvoiceItem.objects.get().taxes.count()) == (10_000, 0)


def test_a_price_of_nothing_is_allowed(client, desk):
    desk.post(form_of(client), shown(client, desk, "0"))
    assert Invoice.objects.get().total == 0


def test_the_invoice_is_emailed_when_asked_with_its_pdf(client, desk):
    desk.post(form_of(client), shown(client, desk, "20", email="on"))
    invoice, letter = Invoice.objects.get(), Message.objects.get()
    assert (letter.kind, letter.to, letter.client) == ("invoice", "marie@example.com", client)
    assert letter.facts["path"] == reverse("my-invoice", args=[invoice.pk])
    assert letter.facts["balance"] == invoice.total


def test_lines_are_added_and_removed_without_scripts(client, desk):
    more = text(desk.post(form_of(client), typed(client, "10", "20", do="add")))
    assert 'name="line-2-description"' in more
    less = text(desk.post(form_of(client), typed(client, "10", "20", do="remove-0")))
    assert 'value="Article 1"' in less
    assert "Article 0" not in less
    assert "line-1-description" not in less


def test_the_last_line_is_not_removed(client, desk):
    assert "Article 0" in text(desk.post(form_of(client), typed(client, "10", do="remove-0")))


def test_the_summary_follows_what_is_typed(client, desk):
    summary = text(desk.post(form_of(client), typed(client, "100", do="summary"), headers=HTMX))
    assert "$114.98" in summary
    assert "<html" not in summary


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"line_quantity": "0"}, "greater than or equal to 1"),
        ({"line_unit_price": "-5"}, "Enter an amount between $0.00 and $99,999.99."),
        ({"line_unit_price": "100000"}, "Enter an amount between $0.00 and $99,999.99."),
        ({"line_unit_price": "1.234"}, "Write the cents"),
        ({"line_unit_price": "12.3456"}, "Enter an amount, like"),
        ({"line_ledger_code": ""}, "Choose a ledger code."),
        ({"line_description": ""}, "Enter what is invoiced."),
        ({"line_treatment": "included", "line_taxes": []}, "Tick the taxes that the price includes."),
        ({"line_service_from": "2026-09-01"}, "Enter the last day of the period as well."),
        ({"line_service_from": "2026-09-01", "line_service_to": "2026-08-01"}, "Enter a last day on or after"),
        ({"line_description": "4242 4242 4242 4242"}, "looks like a card number"),
        ({"due_on": "2020-01-01"}, "Enter a due date on or after the invoice date."),
        ({"issued_on": "2199-01-01", "due_on": "2199-01-01"}, "or an earlier date."),
        ({"line-TOTAL_FORMS": "0"}, "at least 1"),
        ({"line-TOTAL_FORMS": "21"}, "at most 20 lines"),
        ({"line-TOTAL_FORMS": "x"}, "There is a problem"),
    ],
)
@pytest.mark.parametrize("do", ["preview", "create"])
def test_what_is_wrong_is_said_beside_the_field_and_creates_nothing(client, desk, changes, told, do):
    page = text(desk.post(form_of(client), typed(client, "20", do=do, **changes)), 422)
    assert told in page
    assert "There is a problem" in page
    assert Invoice.objects.count() == 0


def test_what_belongs_to_another_organization_is_not_offered(client, desk):
    other = an_organization()
    for name, key in (("taxes", a_tax(other).pk), ("ledger_code", a_ledger_code(other).pk)):
        text(desk.post(form_of(client), typed(client, "20", **{f"line_{name}": key})), 422)
    stranger = an_account(client.organization, "Luc Roy").account.owner
    text(desk.post(form_of(client), typed(client, "20", line_person=stranger.pk)), 422)
    assert Invoice.objects.count() == 0


@pytest.mark.parametrize("do", ["preview", "create"])
def test_a_closed_period_is_refused_before_anything_is_shown(client, desk, do):
    centre = client.organization
    centre.books_closed_on = "2026-10-31"
    centre.save()
    data = typed(client, "20", do=do, issued_on="2026-10-31", shown="2300")
    assert "The books are closed" in text(desk.post(form_of(client), data), 422)
    assert Invoice.objects.count() == 0


def test_a_draft_is_kept_listed_opened_and_created(client, desk):
    desk.post(form_of(client), typed(client, "20", do="draft", line_description="Chandail", line_ledger_code=""))
    draft = InvoiceDraft.objects.get()
    assert (draft.content["title"], Invoice.objects.count()) == ("Chandail", 0)
    page_of_draft = at(client.organization, "invoice-draft", client.pk, draft.pk)
    assert f'href="{page_of_draft}"' in text(desk.get(at(client.organization, "client-invoices", client.pk)))
    assert 'value="Chandail"' in text(desk.get(page_of_draft))
    data = shown(client, desk, "20", key=draft.content["key"])
    answers = [desk.post(page_of_draft, data) for _twice in range(2)]
    url = at(client.organization, "invoice", Invoice.objects.get().pk)
    assert ([answer.url for answer in answers], InvoiceDraft.objects.count()) == ([url, url], 0)


def test_a_draft_saved_again_is_the_same_draft(client, desk):
    data = typed(client, "20", do="draft")
    for price in ("20", "35"):
        desk.post(form_of(client), {**data, "line-0-unit_price": price})
    assert InvoiceDraft.objects.get().content["fields"]["line-0-unit_price"] == ["35"]


def test_a_draft_holds_nothing_that_is_wrong(client, desk):
    data = typed(client, "20", do="draft", line_description="4242 4242 4242 4242")
    assert "looks like a card number" in text(desk.post(form_of(client), data), 422)
    assert InvoiceDraft.objects.count() == 0


def test_a_draft_is_thrown_away(client, desk):
    desk.post(form_of(client), typed(client, "20", do="draft"))
    draft = InvoiceDraft.objects.get()
    desk.post(at(client.organization, "invoice-draft-discard", client.pk, draft.pk))
    assert InvoiceDraft.objects.count() == 0
    assert desk.get(at(client.organization, "invoice-draft", client.pk, draft.pk)).status_code == 404


def test_whoever_may_not_invoice_sees_no_form(client):
    assert signed_in("auditor", client.organization).get(form_of(client)).status_code == 403


def test_in_9_whoever_may_issue_credits_adds_a_rebate_line(client):
    finance = signed_in("finance", client.organization)
    data = shown(client, finance, "100", "10", **{"line-1-rebate": "on"})
    assert data["shown"] == str(11_498 - 1_150)
    finance.post(form_of(client), data)
    assert Invoice.objects.get().balance == 10_348


def test_in_9_whoever_may_not_issue_credits_is_offered_none(client, desk):
    assert "line-0-rebate" not in text(desk.get(form_of(client)))
    desk.post(form_of(client), shown(client, desk, "100", "10", **{"line-1-rebate": "on"}))
    assert Invoice.objects.get().total == 12_648


def test_an_invoice_is_emailed_from_its_page(client, desk):
    desk.post(form_of(client), shown(client, desk, "20"))
    invoice = Invoice.objects.get()
    page = at(client.organization, "invoice-email", invoice.pk)
    assert page in text(desk.get(at(client.organization, "invoice", invoice.pk)))
    asked = text(desk.get(page))
    assert "marie@example.com" in asked
    key = asked.partition('name="key" value="')[2].partition('"')[0]
    answers = [desk.post(page, {"key": key}) for _twice in range(2)]
    assert ({answer.status_code for answer in answers}, Message.objects.count()) == ({303}, 1)
