"""The words of the hosted page, in English and in French (Québec)."""

from __future__ import annotations

LANGUAGES = ("en", "fr")

FRENCH = {
    "Sandbox: no real card": "Bac à sable : aucune vraie carte",
    "Nothing typed here reaches a bank. Use the test numbers below.": (
        "Rien de ce qui est saisi ici n’atteint une banque. Utilisez les numéros d’essai ci-dessous."
    ),
    "Save a payment method": "Enregistrer un mode de paiement",
    "Pay": "Payer",
    "Save": "Enregistrer",
    "Cancel": "Annuler",
    "Card": "Carte",
    "Bank account (Canada)": "Compte bancaire (Canada)",
    "Bank account (United States)": "Compte bancaire (États-Unis)",
    "Payment method": "Mode de paiement",
    "Card number": "Numéro de carte",
    "Expiry (MM/YY)": "Expiration (MM/AA)",
    "Security code": "Code de sécurité",
    "Name on the card": "Nom sur la carte",
    "Account holder": "Titulaire du compte",
    "Institution number": "Numéro d’institution",
    "Transit number": "Numéro de transit",
    "Routing number": "Numéro d’acheminement",
    "Account number": "Numéro de compte",
    "Billing address": "Adresse de facturation",
    "Country": "Pays",
    "Canada": "Canada",
    "United States": "États-Unis",
    "Address": "Adresse",
    "City": "Ville",
    "Province or state": "Province ou État",
    "Postal code": "Code postal",
    "Pre-authorized debit agreement": "Accord de débit préautorisé",
    "Authorization to debit": "Autorisation de débit",
    "I agree": "J’accepte",
    "I authorize {merchant} to debit this account for what I owe, on the dates and in the amounts I am told of "
    "beforehand. I may cancel this agreement at any time, and I have certain recourse rights if a debit does not "
    "comply with it.": (
        "J’autorise {merchant} à débiter ce compte de ce que je dois, aux dates et aux montants qui me seront annoncés "
        "au préalable. Je peux annuler cet accord en tout temps et j’ai certains droits de recours si un débit n’y est "
        "pas conforme."
    ),
    "Test numbers": "Numéros d’essai",
    "Number": "Numéro",
    "What happens": "Ce qui se passe",
    "Any future date and any security code will do.": (
        "N’importe quelle date à venir et n’importe quel code de sécurité conviennent."
    ),
    "Please correct what is marked below.": "Veuillez corriger ce qui est indiqué ci-dessous.",
    "Required": "Obligatoire",
    "Use one of the test numbers listed below.": "Utilisez un des numéros d’essai ci-dessous.",
    "Write the date as MM/YY, in the future.": "Écrivez la date sous la forme MM/AA, à venir.",
    "Use 3 or 4 digits.": "Utilisez 3 ou 4 chiffres.",
    "Agree to continue.": "Acceptez pour continuer.",
    "Use institution 000 and transit 11000.": "Utilisez l’institution 000 et le transit 11000.",
    "Use routing number 110000000.": "Utilisez le numéro d’acheminement 110000000.",
    "Your bank wants to know that it is you": "Votre banque veut s’assurer qu’il s’agit de vous",
    "This page stands for the bank’s own.": "Cette page tient lieu de celle de la banque.",
    "Confirm": "Confirmer",
    "Refuse": "Refuser",
    "All done": "Terminé",
    "You may close this page.": "Vous pouvez fermer cette page.",
    "Continue": "Continuer",
    "This page is no longer available": "Cette page n’est plus disponible",
    "The link has expired or was withdrawn.": "Le lien est expiré ou a été retiré.",
    "Nothing is here": "Il n’y a rien ici",
    "Your bank did not confirm that it is you. Try again or use another card.": (
        "Votre banque n’a pas confirmé qu’il s’agit de vous. Réessayez ou utilisez une autre carte."
    ),
    "Set up the account": "Configurer le compte",
    "This page stands for the processor’s questions to a new organization. Any answer will do.": (
        "Cette page tient lieu des questions du processeur à une nouvelle organisation. Toute réponse convient."
    ),
    "Legal name of the organization": "Nom légal de l’organisation",
    "Representative": "Représentant",
    "Account number for payouts": "Numéro de compte pour les versements",
    "I accept the terms of the processor": "J’accepte les conditions du processeur",
    "Submit": "Soumettre",
    "Finish later": "Terminer plus tard",
    "This link has been used or has expired.": "Ce lien a déjà servi ou est expiré.",
    # What the processor says about a refusal.
    "Your card was declined.": "Votre carte a été refusée.",
    "Your card has insufficient funds.": "Les fonds de votre carte sont insuffisants.",
    "Your card has expired.": "Votre carte est expirée.",
    "Your card's security code is incorrect.": "Le code de sécurité de votre carte est incorrect.",
    "An error occurred while processing your card.": "Une erreur est survenue pendant le traitement de votre carte.",
    "The bank account could not be verified with microdeposits.": (
        "Le compte bancaire n’a pas pu être vérifié par microdépôts."
    ),
    # What the test numbers do.
    "Succeeds": "Réussit",
    "Settles later": "Se règle plus tard",
    "3 minutes later than the others": "3 minutes après les autres",
    "Declined": "Refusée",
    "Declined: insufficient funds": "Refusée : fonds insuffisants",
    "Declined: lost card": "Refusée : carte perdue",
    "Declined: stolen card": "Refusée : carte volée",
    "Declined: expired card": "Refusée : carte expirée",
    "Declined: wrong security code": "Refusée : code de sécurité erroné",
    "Declined: processing error": "Refusée : erreur de traitement",
    "Declined: too many payments": "Refusée : trop de paiements",
    "Blocked as risky": "Bloquée : trop risquée",
    "Asks for authentication when it is saved": "Demande une authentification à l’enregistrement",
    "Asks for authentication every time": "Demande une authentification chaque fois",
    "Asks for authentication, then has insufficient funds": "Demande une authentification, puis manque de fonds",
    "Asks for authentication when its owner is present": "Demande une authentification en présence du titulaire",
    "Succeeds, then is disputed": "Réussit, puis est contestée",
    "Succeeds; its refund waits": "Réussit; son remboursement attend",
    "Succeeds; its refund fails": "Réussit; son remboursement échoue",
    "Returned: insufficient funds": "Retourné : fonds insuffisants",
    "Returned: account closed": "Retourné : compte fermé",
    "Returned: no such account": "Retourné : compte introuvable",
    "Returned: debit not authorized": "Retourné : débit non autorisé",
    "Returned: wrong currency": "Retourné : mauvaise devise",
    "Returned: weekly limit exceeded": "Retourné : limite hebdomadaire dépassée",
    "Returned: limit for one payment exceeded": "Retourné : limite par paiement dépassée",
    "Settles, then is returned": "Se règle, puis est retourné",
    "Never settles": "Ne se règle jamais",
    "Cannot be verified": "Ne peut être vérifié",
}


def translate(language: str, text: str) -> str:
    return FRENCH.get(text, text) if language == "fr" else text


def money(language: str, amount: int, currency: str) -> str:
    """An amount as a person of that language writes it."""
    whole, cents = divmod(amount, 100)
    if language == "fr":
        return f"{whole:,}".replace(",", "\N{NO-BREAK SPACE}") + f",{cents:02d}\N{NO-BREAK SPACE}$ {currency.upper()}"
    return f"${whole:,}.{cents:02d} {currency.upper()}"


def choose_language(asked: str, locale: str | None, accepted: str) -> str:
    """What the visitor asked for, else what the session says, else what the browser prefers."""
    for wish in (asked, locale or "", accepted):
        if wish[:2] in LANGUAGES:
            return wish[:2]
    return "en"
