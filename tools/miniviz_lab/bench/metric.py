"""One measured figure beside what people use today (peer) and the least the runtime allows (floor)."""

from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Metric:
    """Runs of the same measurement; the value is their median. Peer and floor are measured in the same run."""

    name: str
    unit: str
    runs: tuple[float, ...]
    peer: float | None = None
    floor: float | None = None
    goal: str = ""
    note: str = field(default="", compare=False)

    @property
    def value(self) -> float:
        """The median of the runs."""
        return median(self.runs)

    def as_json(self) -> dict[str, object]:
        """The stable keys of the JSON file."""
        return {
            "value": self.value,
            "unit": self.unit,
            "peer": self.peer,
            "floor": self.floor,
            "ratio_peer": _ratio(self.value, self.peer),
            "ratio_floor": _ratio(self.value, self.floor),
            "runs": list(self.runs),
            "goal": self.goal,
            "note": self.note,
        }


def _ratio(value: float, other: float | None) -> float | None:
    return value / other if other else None
