"""Two thousand random sequences of thirty steps over every verb about money, the books checked after each step.

Then some more against the sandbox over HTTP, whose own log says what moved.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.figures import Figure

PARTS, OF_EACH, STEPS = 20, 100, 30
OVER_HTTP, STEPS_OVER_HTTP = 100, 20
TESTS = ["tests/billing/machine/test_sequences.py", "tests/billing/machine/test_over_http.py"]
# Another seed each day; SEQUENCES_SEED repeats one.
DAY = 86_400


def figures() -> Iterator[Figure]:
    """How many sequences went by in an hour. One that breaks the books is printed, as short as it can be made."""
    asked = {"PARTS": PARTS, "OF_EACH": OF_EACH, "STEPS": STEPS, "SEED": int(time.time() // DAY) * PARTS}
    asked |= {"OVER_HTTP": OVER_HTTP, "OVER_HTTP_STEPS": STEPS_OVER_HTTP}
    env = {f"SEQUENCES_{name}": str(value) for name, value in asked.items()} | os.environ
    sequences = int(env["SEQUENCES_PARTS"]) * int(env["SEQUENCES_OF_EACH"]) + int(env["SEQUENCES_OVER_HTTP"])
    began = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", *TESTS], env=env, stdout=sys.stderr, check=False
    )
    if run.returncode:
        raise RuntimeError(f"a sequence of seed {env['SEQUENCES_SEED']} broke the books")
    hours = (time.perf_counter() - began) / 3600
    yield Figure(name="machine", unit="sequences/h", value=sequences / hours, floor=0, n=sequences)
