"""`python -m smartrec.devstack run`: the whole product with one command."""

import os
import signal
import sys

from .refusals import Refusal, from_os_error
from .services import die_with_parent
from .stack import run
from .wishes import Wishes


def main(arguments: list[str]) -> int:
    """Run until stopped; whatever prevents it is said in one line."""
    if arguments != ["run"]:
        print("usage: python -m smartrec.devstack run", file=sys.stderr)
        return 2
    if "MAKELEVEL" in os.environ:  # a killed `make run` takes us along
        die_with_parent(signal.SIGTERM)
    try:
        run(Wishes.read(os.environ))
    except Refusal as refusal:
        return refuse(refusal)
    except OSError as error:
        return refuse(from_os_error(error))
    except KeyboardInterrupt:
        return 130
    return 0


def refuse(refusal: Refusal) -> int:
    """One clear line, and an exit code that says it did not work."""
    print(f"SmartRec cannot run: {refusal}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
