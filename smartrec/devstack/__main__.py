"""`python -m smartrec.devstack run` runs the whole product; `manage …` runs a command on it; `messages` compiles."""

import json
import os
import signal
import sys

from . import messages
from .places import ENVIRONMENT, ROOT
from .refusals import Refusal, from_os_error
from .services import die_with_parent
from .stack import run
from .wishes import Wishes


def main(arguments: list[str]) -> int:
    """Whatever prevents the stack from running is said in one line."""
    commands = {"run": run_here, "manage": manage, "messages": compile_messages}
    name, rest = (arguments or [""])[0], arguments[1:]
    if name not in commands or (rest and name != "manage"):
        print(f"usage: python -m smartrec.devstack {'|'.join(commands)}", file=sys.stderr)
        return 2
    try:
        commands[name](rest)
    except Refusal as refusal:
        return refuse(refusal)
    except OSError as error:
        return refuse(from_os_error(error))
    except KeyboardInterrupt:
        return 130
    return 0


def run_here(_: list[str]) -> None:
    """Run until somebody asks to stop; a killed `make run` takes us along."""
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)
    run(Wishes.read(os.environ))


def manage(arguments: list[str]) -> None:
    """A command of the product on the installation that is running, with the settings its parts were given."""
    kept = Wishes.read(os.environ).data / ENVIRONMENT
    if not kept.exists():
        raise Refusal(f"nothing has run on {kept.parent} yet: start it with `make run` first.")
    told = {**os.environ, **json.loads(kept.read_text())}
    os.execve(sys.executable, [sys.executable, str(ROOT / "manage.py"), *arguments], told)


def compile_messages(_: list[str]) -> None:
    """Compile the translations that changed."""
    for file in messages.compile_stale():
        print(f"compiled {file.relative_to(ROOT)}")


def refuse(refusal: Refusal) -> int:
    """One clear line, and an exit code that says it did not work."""
    print(f"SmartRec cannot run: {refusal}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
