"""`python -m smartrec.devstack run` runs the whole product; `messages` compiles its translations."""

import os
import signal
import sys

from . import messages
from .places import ROOT
from .refusals import Refusal, from_os_error
from .services import die_with_parent
from .stack import run
from .wishes import Wishes


def main(arguments: list[str]) -> int:
    """Whatever prevents the stack from running is said in one line."""
    commands = {"run": run_here, "messages": compile_messages}
    if len(arguments) != 1 or arguments[0] not in commands:
        print(f"usage: python -m smartrec.devstack {'|'.join(commands)}", file=sys.stderr)
        return 2
    try:
        commands[arguments[0]]()
    except Refusal as refusal:
        return refuse(refusal)
    except OSError as error:
        return refuse(from_os_error(error))
    except KeyboardInterrupt:
        return 130
    return 0


def run_here() -> None:
    """Run until somebody asks to stop; a killed `make run` takes us along."""
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)
    run(Wishes.read(os.environ))


def compile_messages() -> None:
    """Compile the translations that changed."""
    for file in messages.compile_stale():
        print(f"compiled {file.relative_to(ROOT)}")


def refuse(refusal: Refusal) -> int:
    """One clear line, and an exit code that says it did not work."""
    print(f"SmartRec cannot run: {refusal}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
