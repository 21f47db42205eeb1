"""One measured figure and its floor."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Figure:
    """`value` in `unit`; `floor` is raw SQL or a bare client loop doing the same work in the same run."""

    name: str
    unit: str
    value: float
    floor: float
    n: int

    def line(self) -> str:
        ratio = self.value / self.floor if self.floor else 0.0
        shown = {"value": round(self.value, 2), "floor": round(self.floor, 2), "ratio": round(ratio, 3)}
        return json.dumps({"name": self.name, "unit": self.unit, **shown, "n": self.n})


def peak_megabytes() -> float:
    """The most memory this process held at once; what counts for its parent too is not asked."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
