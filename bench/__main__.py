"""`python -m bench NAME…` (or `all`, `long`) prints one JSON line per figure; the floor is raw work of the same run."""

import importlib
import subprocess
import sys

BENCHES = (
    "people_list",
    "client_file",
    "mass_invoice",
    "mass_charge",
    "register_payments",
    "invoice_pdfs",
    "receivables_aging",
    "check_books",
    "reconcile_accounts",
)
# What takes the better part of an hour, and must not find anything.
LONG = ("machine",)


def main(names: list[str]) -> int:
    """Run the named measurements, or say which there are."""
    groups = {("all",): BENCHES, ("long",): LONG}
    wanted = list(groups.get(tuple(names), names))
    unknown = [name for name in wanted if name not in BENCHES + LONG]
    if not wanted or unknown:
        print(f"usage: python -m bench all|long|{'|'.join(BENCHES + LONG)}", file=sys.stderr)
        return 2
    if len(wanted) > 1:  # each on ground of its own
        return max(subprocess.run([sys.executable, "-m", "bench", name], check=False).returncode for name in wanted)
    for figure in importlib.import_module(f"bench.{wanted[0]}").figures():
        print(figure.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
