"""`python -m bench NAME…` (or `all`, `long`) prints one JSON line per figure; the floor is raw work of the same run.

`python -m bench mass_invoice 10000` measures another size than its own.
"""

import importlib
import subprocess
import sys

BENCHES = (
    "people_list",
    "client_file",
    "mass_invoice",
    "mass_review",
    "mass_confirm",
    "mass_charge",
    "mass_linear",
    "late_fees",
    "register_payments",
    "invoice_pdfs",
    "receivables_aging",
    "check_books",
    "reconcile_accounts",
    "sandbox_pace",
)
# What takes the better part of an hour or more, and must not find anything; with these options.
LONG = {"machine": [], "faults": ["--schedules", "500", "--controls"]}


def main(names: list[str]) -> int:
    """Run the named measurements, or say which there are."""
    if names[:1] == ["faults"]:  # has options of its own
        return importlib.import_module("bench.faults.drill").main(names[1:])
    size = {"n": int(names.pop())} if names[1:] and names[-1].isdigit() else {}  # of those that can be of any size
    groups = {("all",): BENCHES, ("long",): tuple(LONG)}
    wanted = list(groups.get(tuple(names), names))
    known = (*BENCHES, *LONG)
    unknown = [name for name in wanted if name not in known]
    if not wanted or unknown:
        print(f"usage: python -m bench all|long|{'|'.join(known)}", file=sys.stderr)
        return 2
    if len(wanted) > 1:  # each on ground of its own
        commands = [[sys.executable, "-m", "bench", name, *LONG.get(name, [])] for name in wanted]
        return max(subprocess.run(command, check=False).returncode for command in commands)
    for figure in importlib.import_module(f"bench.{wanted[0]}").figures(**size):
        print(figure.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
