"""python -m smartrec.devstack.sandbox --port 8700 --data DIR [--webhook-url URL --webhook-secret whsec_…]"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sqlite3
import sys
from pathlib import Path

from smartrec.devstack.sandbox.server import serve
from smartrec.devstack.sandbox.world import Settings

REFUSAL = "The sandbox refuses to start outside development (set SMARTREC_DEVELOPMENT=1)."


def in_development() -> bool:
    """The sandbox takes test cards for money: it must never run beside the real thing."""
    settings = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    return os.environ.get("SMARTREC_DEVELOPMENT") == "1" or settings.endswith((".dev", ".test"))


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8700, help="0 picks a free one")
    parser.add_argument("--data", type=Path, help="keep everything here; without it, in memory")
    parser.add_argument("--webhook-url", default="")
    parser.add_argument("--webhook-secret", default=os.environ.get("STRIPE_WEBHOOK_SECRET", ""))
    settle = float(os.environ.get("SANDBOX_SETTLE_AFTER", "20"))
    parser.add_argument("--settle-after", type=float, default=settle, help="seconds until a debit settles or fails")
    parser.add_argument("--accounts", default="", help="connected accounts that exist from the start")
    parser.add_argument("--public-url", default="", help="where a browser reaches the hosted pages")
    parser.add_argument("--strict-saving", action="store_true", help="refuse to save a card that will be declined")
    parser.add_argument("--with-parent", action="store_true", help="stop when the process that started it is gone")
    parser.add_argument("--onboarding", action="store_true", help="new accounts must visit their account link first")
    options = parser.parse_args(arguments)
    if options.webhook_url and not options.webhook_secret:
        parser.error("--webhook-url needs --webhook-secret: unsigned news would be refused")
    return options


def main(arguments: list[str]) -> int:
    if not in_development():
        print(REFUSAL, file=sys.stderr)
        return 2
    options = parse(arguments)
    logging.basicConfig(level=logging.WARNING, format="sandbox: %(message)s")
    settings = Settings(
        data=options.data,
        webhook_url=options.webhook_url,
        webhook_secret=options.webhook_secret,
        settle_after=options.settle_after,
        accounts=tuple(one for one in options.accounts.split(",") if one),
        strict_saving=options.strict_saving,
        onboarding=options.onboarding,
        public_url=options.public_url.rstrip("/"),
    )
    parent = os.getppid() if options.with_parent else None
    try:
        asyncio.run(serve(settings, options.host, options.port, parent=parent))
    except sqlite3.OperationalError as error:
        print(f"The sandbox cannot use {options.data}: {error}. Does another one run on it?", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
