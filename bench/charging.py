"""A worker process that sends charges when it is told to, and says what it took: python -m bench.charging"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.figures import peak_megabytes

READY = "ready"


def main() -> None:
    """Stand ready, wait for a line, send all there is."""
    import django  # noqa: PLC0415 - a process of its own

    django.setup()
    from billing.tasks import dispatch  # noqa: PLC0415

    print(READY, flush=True)
    sys.stdin.readline()
    began, cpu = time.perf_counter(), time.process_time()
    dispatch()
    used = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    used["megabytes"] = peak_megabytes()
    print(json.dumps(used), flush=True)


@contextmanager
def _worker(**settings: str) -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "bench.charging"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=os.environ | settings, **pipes) as process:
        if not process.stdout or process.stdout.readline().strip() != READY:
            raise RuntimeError("a worker did not start")
        try:
            yield process
        finally:
            process.kill()


def send(workers: int = 1, **settings: str) -> list[dict[str, float]]:
    """What each of so many worker processes took, from the moment all of them were told to begin."""
    with ExitStack() as stack:
        processes = [stack.enter_context(_worker(**settings)) for _ in range(workers)]
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        return [json.loads(process.stdout.readline()) for process in processes]


if __name__ == "__main__":
    main()
