"""One measured figure and its floor."""

import json
from dataclasses import dataclass


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
