"""A PostgreSQL of the measurements' own, with the durability of production, and Django over it."""

import atexit
import os
import shutil
from pathlib import Path

import django
from django.core.management import call_command

from smartrec.devstack.places import ROOT
from smartrec.devstack.postgres import Cluster

DATA = ROOT / "var" / "bench"


def stand_on(database: str, *, afresh: bool) -> Path:
    """Start the server, point Django at that database and bring its tables up to date."""
    if afresh:
        shutil.rmtree(DATA / database, ignore_errors=True)
    folder = DATA / database
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(folder)
    cluster.create()
    server = cluster.service()
    server.start()
    atexit.register(lambda: (server.ask_to_stop(), server.finish()))
    server.wait_until_it_answers()
    cluster.ensure_database("smartrec", afresh=afresh)
    os.environ["DATABASE_URL"] = cluster.url("smartrec")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartrec.settings.dev")
    os.environ.setdefault("SMARTREC_DEVELOPMENT", "1")
    django.setup()
    call_command("migrate", verbosity=0)
    return folder
