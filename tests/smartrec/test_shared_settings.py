"""Settings that keep people safe: tries counted for all processes at once, tokens in no log, nothing without TLS."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import redis
from django.core.cache.backends.redis import RedisCache
from gunicorn.config import Config
from gunicorn.glogging import Logger

from smartrec.devstack.services import Service
from smartrec.devstack.valkey import find_binary
from smartrec.settings.base import shared_cache

ROOT = Path(__file__).resolve().parents[2]
TRIES = """
import os
os.environ["DATABASE_URL"] = "postgresql:///none?host=/nowhere"
os.environ["DJANGO_SETTINGS_MODULE"] = "smartrec.settings.dev"
import django; django.setup()
from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.test import RequestFactory
request = RequestFactory().post("/sign-in/ask/")
print([bool(ratelimit.consume(request, action="sign_in_link", key="marie@example.com")) for _ in range({times})])
"""


@pytest.fixture
def broker():
    """A Valkey on a socket of its own, as the product's stack has."""
    with tempfile.TemporaryDirectory(prefix="sr-") as folder:
        socket = Path(folder) / "v.sock"
        options = ["--port", "0", "--unixsocket", str(socket), "--dir", folder, "--save", ""]
        ready = redis.Redis(unix_socket_path=str(socket))

        def answers() -> bool:
            try:
                return ready.ping()
            except redis.ConnectionError:
                return False

        server = Service(name="valkey", command=[find_binary(), *options], log=Path(folder) / "log", answers=answers)
        server.start()
        try:
            server.wait_until_it_answers()
            yield f"redis+socket://{socket}"
        finally:
            server.ask_to_stop()
            server.finish()


@pytest.mark.parametrize(
    ("given", "location"),
    [
        ("redis://cache:6379/2", "redis://cache:6379/2"),
        ("rediss://cache:6379/0", "rediss://cache:6379/0"),
        ("redis+socket:///run/valkey.sock", "unix:///run/valkey.sock"),
        ("redis+socket:///run/valkey.sock?virtual_host=3", "unix:///run/valkey.sock?db=3"),
    ],
)
def test_the_brokers_server_counts_tries_too(given, location):
    assert shared_cache(given)["LOCATION"] == location


def test_without_such_a_server_each_process_counts_alone():
    assert shared_cache("amqp://broker//")["BACKEND"].endswith("LocMemCache")


def test_what_one_process_counted_another_one_knows(broker):
    def tries(times: int) -> str:
        command = [sys.executable, "-c", TRIES.format(times=times)]
        told = {"CELERY_BROKER_URL": broker, "PATH": "/usr/bin:/bin"}
        done = subprocess.run(command, env=told, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert tries(3) == str([True] * 3)
    assert tries(3) == str([True, True, False])


def test_a_cache_on_a_socket_keeps_what_it_is_given(broker):
    told = shared_cache(broker)
    cache = RedisCache(told["LOCATION"], {"KEY_PREFIX": told["KEY_PREFIX"]})
    cache.set("tries", [1.5, 2.5])
    assert cache.get("tries") == [1.5, 2.5]


def test_an_access_log_names_the_page_and_not_the_token():
    settings = {}
    exec((ROOT / "gunicorn.conf.py").read_text(), settings)
    config = Config()
    config.set("access_log_format", settings["access_log_format"])
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": "/sign-in/link/?token=secret",
        "PATH_INFO": "/sign-in/link/",
        "QUERY_STRING": "token=secret",
        "HTTP_REFERER": "http://here/?token=secret",
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    line = _written(config, environ)
    assert "GET /sign-in/link/" in line
    assert "secret" not in line


def _written(config: Config, environ: dict[str, str]) -> str:
    class Answer:
        status, sent, headers = "302 Found", 0, ()

    class Asked:
        headers = ()

    class Took:
        seconds, microseconds, days = 0, 1200, 0

        def total_seconds(self) -> float:
            return 0.0012

    atoms = Logger(config).atoms(Answer(), Asked(), environ, Took())
    return config.access_log_format % {**atoms, **dict.fromkeys(set("hltrsmUqHbBfaTDMLp") - set(atoms), "-")}
