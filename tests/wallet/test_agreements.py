"""The words a holder agrees to: complete in both languages, for every kind of debit and both choices of notice."""

import datetime as dt

import pytest

from accounts.models import Organization
from wallet.consents import TEXTS, Consent, clauses, consent

ON = dt.date(2026, 11, 22)
TERMS = [("interval", 0), ("interval", 10), ("combined", 0), ("combined", 10), ("sporadic", 10)]
# Rule H1 of Payments Canada, section by section; `timing` is asked of each schedule below.
PAD = {
    "date": {"en": "Date: 2026-11-22", "fr": "Date : 2026-11-22"},
    "authorization": {"en": "I give this authorization by ticking the box", "fr": "en cochant la case"},
    "authority to debit": {"en": "I authorize Les Érables, its financial", "fr": "j’autorise Les Érables, son"},
    "amount": {"en": "Amount: variable.", "fr": "Montant : variable."},
    "category": {"en": "Category: personal PAD.", "fr": "Catégorie : DPA personnel."},
    "cancellation right": {"en": "I may cancel this agreement at any", "fr": "annuler le présent accord en tout temps"},
    "cancellation method": {"en": "in my wallet", "fr": "dans mon portefeuille"},
    "cancellation form": {"en": "sample cancellation form", "fr": "spécimen de formulaire d’annulation"},
    "recourse": {"en": "I have certain recourse rights", "fr": "j’ai certains droits de recours"},
    "recourse period": {"en": "within 90 calendar days", "fr": "dans les 90 jours civils"},
    "payee": {"en": "Payee: Centre Les Érables inc., 1, rue", "fr": "Bénéficiaire : Centre Les Érables inc., 1, rue"},
    "contact": {"en": "I write to or call a@b.example, 450", "fr": "j’écris ou je téléphone à a@b.example, 450"},
    "payee’s agent": {"en": "its payment processor", "fr": "son fournisseur de services de paiement"},
}  # fmt: skip
TIMING = {
    "interval": {"en": "Timing: at set intervals, on the due date", "fr": "Moment : à intervalles fixes, à l’échéance"},
    "combined": {"en": "Any other debit is sporadic: Les Érables asks", "fr": "Tout autre débit est sporadique"},
    "sporadic": {
        "en": "debits nothing until I have authorized that debit",
        "fr": "tant que je n’ai pas autorisé ce débit",
    },
}
NOTICE = {"en": "at least 10 calendar days before each debit", "fr": "au moins 10 jours civils avant chaque débit"}
WAIVER = {"en": "I waive my right to receive notice", "fr": "je renonce à mon droit de recevoir un préavis"}
WITHIN_FIVE = {
    "en": "no later than 5 calendar days after the first debit",
    "fr": "au plus tard 5 jours civils après le premier",
}
ACH = {
    "date": PAD["date"],
    "authority to debit": {"en": "I authorize Les Érables and its payment processor to debit", "fr": "à débiter"},
    "amount": PAD["amount"],
    "timing": {"en": "Timing: on the due date", "fr": "Moment : à l’échéance"},
    "notice": {"en": "at least 10 days before each debit", "fr": "au moins 10 jours avant chaque débit"},
    "stop payment": {"en": "at least 3 business days before", "fr": "au moins 3 jours ouvrables avant"},
    "copy": {"en": "sends me a copy of this authorization", "fr": "m’envoie une copie de la présente autorisation"},
    "cancellation": {"en": "withdraw this authorization at any time", "fr": "retirer cette autorisation en tout temps"},
    "also at the processor": {"en": "the account of Les Érables at its payment", "fr": "chez son fournisseur"},
    "recourse": {"en": "60 calendar days", "fr": "60 jours civils"},
    "contact": PAD["contact"],
}


def a_centre(schedule: str = "combined", days: int = 0, **fields: object) -> Organization:
    known = {"address": "1, rue du Parc", "email": "a@b.example", "phone": "450 555-0100", "currency": "CAD"}
    facts = {"name": "Les Érables", "legal_name": "Centre Les Érables inc.", **known, **fields}
    return Organization(debit_schedule=schedule, debit_notice_days=days, **facts)


def agreed(language: str, schedule: str = "combined", days: int = 0, rail: str = "acss_debit") -> Consent:
    return consent(rail=rail, organization=a_centre(schedule, days), language=language, on=ON)


def said(one: Consent) -> str:
    """The text with ordinary spaces, as a person reads it."""
    return one.text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("element", PAD)
def test_every_canadian_agreement_says_what_rule_h1_asks(language, terms, element):
    assert PAD[element][language] in said(agreed(language, *terms))


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("terms", TERMS)
def test_timing_and_notice_are_those_the_organization_chose(language, terms):
    schedule, days = terms
    text, mine = said(agreed(language, *terms)), agreed(language, *terms)
    assert TIMING[schedule][language] in text
    assert ((NOTICE[language] in text), (WAIVER[language] in text)) == (days > 0, days == 0)
    assert (WITHIN_FIVE[language] in text) == (days == 0)
    assert (mine.debit_schedule, mine.notice_days) == terms


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("terms", TERMS)
def test_what_the_holder_gives_up_stands_out_and_nothing_else_does(language, terms):
    strong = [clause for clause in agreed(language, *terms).clauses if clause.strong]
    assert [WAIVER[language] in clause.text for clause in strong] == ([] if terms[1] else [True])


def test_the_notice_of_an_occasional_debit_is_never_waived():
    with pytest.raises(ValueError, match="cannot be waived"):
        agreed("fr", "sporadic", 0)
    assert not list(TEXTS.glob("*sporadic*waived*"))


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("element", ACH)
def test_the_american_agreement_says_what_regulation_e_asks(language, element):
    mine = agreed(language, rail="us_bank_account")
    assert ACH[element][language] in said(mine)
    assert mine.notice_days == 10


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_card_is_agreed_to_in_two_sentences(language):
    mine = agreed(language, rail="card")
    assert (mine.version, mine.debit_schedule, mine.notice_days) == ("card2", "", 0)
    assert "Les Érables" in mine.text
    assert mine.text.count(".") == 2


def test_longer_notice_is_what_the_text_says():
    assert "at least 15 calendar days" in agreed("en", "combined", 15).text


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.txt")), ids=lambda path: path.name)
def test_every_edition_is_kept_in_both_languages_and_fits_its_column(path):
    name, language, _suffix = path.name.rsplit(".", 2)
    assert len(name) <= 20
    assert (TEXTS / f"{name}.{'en' if language == 'fr' else 'fr'}.txt").exists()
    assert "{name}" in path.read_text(encoding="utf-8")


def test_editions_agreed_to_before_stay_readable():
    for name in ("card-2026-11", "pad-2026-11", "ach-2026-11"):
        assert clauses((TEXTS / f"{name}.fr.txt").read_text(encoding="utf-8"))
