"""A passkey: made on the device, named, used to sign in without a password, taken away. Chromium plays the device."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.running import PASSWORD

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PASSKEYS = """SELECT a.id FROM mfa_authenticator a JOIN accounts_user u ON u.id = a.user_id
WHERE a.type = 'webauthn' AND u.email = %s"""
FORGET = """DELETE FROM mfa_authenticator a USING accounts_user u WHERE u.id = a.user_id AND u.email = %s"""


class Device:
    """A telephone with a fingerprint reader, in one browser window."""

    def __init__(self, page: Page) -> None:
        self.line = page.context.new_cdp_session(page)
        self.line.send("WebAuthn.enable")
        self.key = self.line.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]

    def recognizes_its_holder(self, yes: bool) -> None:
        self.line.send("WebAuthn.setUserVerified", {"authenticatorId": self.key, "isUserVerified": yes})

    def forget(self) -> None:
        self.line.send("WebAuthn.clearCredentials", {"authenticatorId": self.key})

    def passkeys(self) -> list[dict[str, Any]]:
        return self.line.send("WebAuthn.getCredentials", {"authenticatorId": self.key})["credentials"]


@pytest.fixture
def email(stack):
    """Somebody whose passkeys are gone after the test: they would be asked for at each sign-in."""
    email = stack.email("parent2")
    yield email
    stack.rows(FORGET, email)


def sign_in_with_password(page: Page, email: str) -> None:
    page.goto("/sign-in/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form .btn-primary").click()


def add(page: Page, name: str) -> None:
    page.goto("/2fa/webauthn/add/")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form .btn-primary").click()
    page.locator("input[name=name]").fill(name)
    page.locator("#passkey_add").click()
    page.wait_for_url(re.compile("/2fa/recovery-codes/"))


def sign_out(page: Page) -> None:
    page.goto("/logout/")
    page.locator("main form .btn-primary").click()
    page.wait_for_url(re.compile("/sign-in/"))


def test_a_passkey_is_added_signs_in_is_renamed_and_removed(anonymous, stack, email):
    page = anonymous(language="fr")
    device = Device(page)
    sign_in_with_password(page, email)
    add(page, "Téléphone")
    assert len(device.passkeys()) == len(stack.rows(PASSKEYS, email)) == 1

    sign_out(page)
    page.locator("#passkey_login").click()
    page.wait_for_url(re.compile(r"/my/$"))
    page.goto("/2fa/webauthn/")
    expect(page.locator(".plain__list")).to_contain_text("Téléphone")
    page.locator(".plain__list a[href$='/edit/']").click()
    page.locator("a[href^='/2fa/webauthn/reauthenticate/']").click()
    page.locator("#passkey_use").click()
    page.locator("input[name=name]").fill("Tablette")
    page.locator("main form .btn-primary").click()
    expect(page.locator(".plain__list")).to_contain_text("Tablette")
    page.locator(".plain__list a[href$='/remove/']").click()
    page.locator("main form .btn-danger2").click()

    expect(page.locator(".plain__list")).to_have_count(0)
    assert stack.rows(PASSKEYS, email) == []


def test_after_the_password_the_passkey_is_the_second_step(anonymous, email):
    page = anonymous(language="fr")
    Device(page)
    sign_in_with_password(page, email)
    add(page, "Téléphone")
    sign_out(page)

    sign_in_with_password(page, email)
    page.wait_for_url(re.compile("/2fa/authenticate/"))
    page.goto("/my/")
    page.wait_for_url(re.compile("/2fa/authenticate/"))
    page.locator("#passkey_use").click()

    page.wait_for_url(re.compile(r"/my/$|:\d+/$"))
    expect(page.locator(".ptop")).to_be_visible()


def test_a_device_that_does_not_recognize_its_holder_signs_nobody_in_and_says_so(anonymous, email):
    page = anonymous(language="fr")
    device = Device(page)
    sign_in_with_password(page, email)
    add(page, "Téléphone")
    sign_out(page)
    device.recognizes_its_holder(False)

    expect(page.locator("#passkey-problem")).to_be_hidden()
    page.locator("#passkey_login").click()

    expect(page.locator("#passkey-problem")).to_be_visible()
    page.goto("/my/")
    page.wait_for_url(re.compile("/sign-in/"))


def test_without_scripts_the_other_ways_stay_and_a_line_says_why(anonymous):
    page = anonymous(language="fr", java_script_enabled=False)
    page.goto("/sign-in/")

    expect(page.locator("#passkey_login")).to_be_hidden()
    expect(page.locator("noscript p")).to_contain_text("JavaScript")
    page.locator("input[name=login]").fill("nobody@example.com")
    page.locator("button[formaction]").click()
    page.wait_for_url(re.compile("/sign-in/check-email/"))
