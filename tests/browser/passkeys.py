"""What a device would have given: a passkey nobody holds, and a link that stays good as long as the tests last."""

import time
from types import SimpleNamespace
from urllib.parse import urlsplit

from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData
from sesame import tokens_v2

from accounts.models import User
from accounts.services import signing_in

ORIGIN = "http://localhost"
TESTS_LAST = 6 * 3600


def a_passkey(user: User) -> int:
    """Kept as if their telephone had made it: its key."""
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    kept = AttestedCredentialData.create(b"\0" * 16, b"a telephone", key)
    data = AuthenticatorData.create(sha256(b"localhost"), flags, 0, kept)
    asked = CollectedClientData.create(type="webauthn.create", challenge=b"0" * 32, origin=ORIGIN)
    response = {
        "clientDataJSON": websafe_encode(asked),
        "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
    }
    name = websafe_encode(b"a telephone")
    credential = {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
    return WebAuthn.add(user, "Téléphone", credential).instance.pk


def a_link(user: User) -> str:
    """The query of a link that signs them in, dated this evening."""
    tokens_v2.time = SimpleNamespace(time=lambda: time.time() + TESTS_LAST)
    return urlsplit(signing_in.path_for(user_pk=user.pk)).query
