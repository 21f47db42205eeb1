from pathlib import Path

import pytest

from smartrec.devstack.places import Memory
from smartrec.devstack.refusals import Refusal
from smartrec.devstack.wishes import Wishes, settings_of

EMBEDDED = {
    "DATABASE_URL": "postgresql://app@/smartrec?host=/somewhere",
    "CELERY_BROKER_URL": "redis+socket:///somewhere/valkey.sock",
    "STRIPE_API_BASE": "http://127.0.0.1:4242",
}


def told(tmp_path: Path, **given: str) -> dict[str, str]:
    wishes = Wishes.read({"SMARTREC_DATA": str(tmp_path), **given})
    return settings_of(wishes, Memory(tmp_path / "memory.json"), EMBEDDED)


def test_without_any_wish_the_product_is_at_localhost_8000(tmp_path):
    environment = told(tmp_path)
    assert environment["PUBLIC_URL"] == "http://localhost:8000"
    assert environment["ALLOWED_HOSTS"].split(",") == ["localhost", "[::1]", "127.0.0.1"]
    assert environment["DJANGO_SETTINGS_MODULE"] == "smartrec.settings.dev"


@pytest.mark.parametrize("port", ["", "8600", "65535"])
def test_a_port_is_taken_as_asked(port):
    assert Wishes.read({"PORT": port}).port == int(port or 8000)


@pytest.mark.parametrize("port", ["0", "65536", "web", "-1", "80 80", "²"])
def test_a_port_that_is_none_is_refused_in_one_line(port):
    with pytest.raises(Refusal, match="PORT must be a number from 1 to 65535") as refusal:
        Wishes.read({"PORT": port})
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://db.example/smartrec"),
        ("CELERY_BROKER_URL", "redis://broker.example/0"),
        ("STRIPE_API_BASE", "https://api.stripe.com"),
        ("STRIPE_SECRET_KEY", "sk_test_of_a_person"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_of_a_person"),
        ("SECRET_KEY", "of-a-person"),
        ("PUBLIC_URL", "https://smartrec.example"),
    ],
)
def test_what_a_person_sets_replaces_ours_and_nothing_else(tmp_path, name, value):
    usual, changed = told(tmp_path), told(tmp_path, **{name: value})
    assert changed[name] == value
    others = {"ALLOWED_HOSTS", name}
    assert {k: v for k, v in usual.items() if k not in others} == {k: v for k, v in changed.items() if k not in others}


def test_an_empty_setting_counts_as_not_set(tmp_path):
    assert told(tmp_path, DATABASE_URL="")["DATABASE_URL"] == EMBEDDED["DATABASE_URL"]
    assert not Wishes.read({"DATABASE_URL": ""}).brings("DATABASE_URL")


def test_secrets_are_made_once_and_kept_for_their_owner_alone(tmp_path):
    first, second = told(tmp_path), told(tmp_path)
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) >= 50
    assert first["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")
    assert (tmp_path / "memory.json").stat().st_mode & 0o777 == 0o600


def test_two_installations_share_no_secret(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    for name in ("SECRET_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"):
        assert told(here)[name] != told(there)[name]


def test_the_sandbox_always_finds_the_product_on_this_machine(tmp_path):
    environment = told(tmp_path, ALLOWED_HOSTS="smartrec.example", PUBLIC_URL="https://pay.example/")
    assert environment["ALLOWED_HOSTS"].split(",") == ["smartrec.example", "127.0.0.1", "pay.example"]


@pytest.mark.parametrize(
    ("host", "local", "public", "sandbox"),
    [
        ("", "http://127.0.0.1:8000", "http://localhost:8000", "http://127.0.0.1:4242"),
        ("0.0.0.0", "http://127.0.0.1:8000", "http://localhost:8000", "http://localhost:4242"),
        ("192.168.7.9", "http://192.168.7.9:8000", "http://192.168.7.9:8000", "http://192.168.7.9:4242"),
        ("::1", "http://[::1]:8000", "http://[::1]:8000", "http://[::1]:4242"),
    ],
)
def test_addresses_follow_the_host_that_was_asked_for(host, local, public, sandbox):
    wishes = Wishes.read({"HOST": host})
    assert (wishes.local_url, wishes.public_url, wishes.sandbox_url(4242)) == (local, public, sandbox)


def test_a_proxy_for_the_outside_does_not_stand_between_the_parts(tmp_path):
    environment = told(tmp_path, http_proxy="http://proxy.example:3128", no_proxy="intranet.example")
    assert environment["NO_PROXY"] == "intranet.example,localhost,127.0.0.1,::1"


def test_what_is_kept_for_later_commands_holds_nothing_else_of_the_person(tmp_path):
    assert "CLOUD_PASSWORD" not in told(tmp_path, CLOUD_PASSWORD="a secret of somebody's own")
