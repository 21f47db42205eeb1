import re

import pytest

from messaging.kinds import KINDS
from messaging.rendering import compose
from tests.builders import an_organization
from tests.messaging.letters import FACTS, a_message

pytestmark = pytest.mark.django_db
NO_BREAK = "\N{NO-BREAK SPACE}"
SUBJECTS = [
    ("receipt", "en", "Receipt: $102.33 paid to Les Érables"),
    ("receipt", "fr", f"Reçu de Les Érables{NO_BREAK}: 102,33{NO_BREAK}$"),
    ("payment_failed", "en", "We could not take your payment of $62.00"),
    ("payment_failed", "fr", f"Votre paiement de 62,00{NO_BREAK}$ n’a pas pu être prélevé"),
    ("method_saved", "en", "A card was added to your wallet by Les Érables"),
    ("method_saved", "fr", "Une carte a été ajoutée à votre portefeuille par Les Érables"),
    ("run_finished", "en", "Mass charge finished: 275 accepted, 11 failed"),
    ("run_finished", "fr", f"Facturation de masse terminée{NO_BREAK}: 275 acceptés, 11 échecs"),
]


@pytest.fixture
def erables():
    return an_organization(name="Les Érables", email="info@erables.example", phone="450 555-0100", address="12, rue A")


def parts(mail):
    html, kind = mail.alternatives[0]
    assert kind == "text/html"
    return mail.body, html


@pytest.mark.parametrize(("kind", "language", "subject"), SUBJECTS)
def test_a_subject_says_the_fact_and_the_amount(erables, kind, language, subject):
    assert compose(a_message(kind, organization=erables, language=language)).subject == subject


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_read_in_both_languages(erables, kind, language):
    message = a_message(kind, organization=erables, language=language)
    other = compose(a_message(kind, organization=erables, language="en" if language == "fr" else "fr"))
    mail = compose(message)
    for said, otherwise in zip(parts(mail), parts(other), strict=True):
        assert said != otherwise
        assert "Les Érables" in said
        assert "info@erables.example" in said
        assert not re.search(r"%\(|\{\{|None|&lt;|visa ••", said)
    assert f'lang="{language}-CA"' in parts(mail)[1]


@pytest.mark.parametrize(
    "kind",
    sorted(
        set(FACTS)
        - {
            "run_finished",
            "run_paused",
            *("run_to_approve", "run_approved", "run_sent_back", "run_held_back", "run_reminder"),
            "invoices_wait",
            "books_disagree",
            "charges_disagree",
            "credit_note",
            "invoice",
            "office_notice",
            "desk_refund",
            "deposit",
            "statement",
            "mass_message",
            "debit_request",
        }
    ),
)
def test_only_the_last_four_digits_are_ever_written(erables, kind):
    for text in parts(compose(a_message(kind, organization=erables, language="en"))):
        assert "Visa ending in 4242" in text
        assert re.findall(r"\d{5,}", re.sub(r"#[0-9a-f]{6}|P-\d+", "", text)) == []


@pytest.mark.parametrize("reason", ["lost_or_stolen", "declined", "fraudulent"])
@pytest.mark.parametrize(("language", "said"), [("en", "declined by the bank"), ("fr", "La banque l’a refusé")])
def test_a_client_never_reads_lost_or_stolen(erables, reason, language, said):
    message = a_message("payment_failed", organization=erables, language=language, facts={"reason": reason})
    for text in parts(compose(message)):
        assert said in text
        assert not re.search("lost|stolen|perdue|volée", text)


def test_an_unknown_language_gets_french_then_english(erables):
    mail = compose(a_message("payment_failed", organization=erables, language=""))
    assert mail.subject.index("prélevé") < mail.subject.index("We could not take")
    for text in parts(mail):
        assert text.index("Votre paiement de") < text.index("Your payment of $62.00 did not go through")
        assert text.index("Ouvrir mon portefeuille") < text.index("Open my wallet")


def test_a_mail_answers_to_the_organization_and_links_to_our_pages(erables, settings):
    settings.PUBLIC_URL = "https://smartrec.example"
    mail = compose(a_message("run_finished", organization=erables, language="en"))
    assert mail.reply_to == ["info@erables.example"]
    assert mail.from_email == "=?utf-8?q?Les_=C3=89rables?= <no-reply@smartrec.example>"
    for text in parts(mail):
        assert "https://smartrec.example/o/erables/finance/mass-charges/4/" in text


def test_a_path_that_is_not_a_page_of_ours_makes_no_button(erables):
    message = a_message("run_finished", organization=erables, language="en", facts={"path": "https://else.example/"})
    assert "else.example" not in "".join(parts(compose(message)))


def test_what_a_client_wrote_cannot_become_markup(erables):
    text, html = parts(compose(a_message(organization=erables, facts={"note": "<b>Café & thé</b>"})))
    assert "<b>Café & thé</b>" in text
    assert "&lt;b&gt;Café &amp; thé&lt;/b&gt;" in html


def test_one_accepted_payment_is_singular_and_no_failure_is_not_mentioned(erables):
    facts = {"accepted": 1, "failed": 0}
    mail = compose(a_message("run_finished", organization=erables, language="fr", facts=facts))
    assert mail.subject == f"Facturation de masse terminée{NO_BREAK}: 1 accepté"
    assert "Centre d’action" not in mail.body


def test_a_long_note_is_broken_over_lines_and_an_amount_never(erables):
    note = "Solde de la session d’automne, avec le remboursement de la semaine du congé scolaire"
    _text, html = parts(compose(a_message("receipt", organization=erables, facts={"note": note})))
    assert f'font-weight:600">{note}' in html
    assert 'white-space:nowrap">102,33' in html
