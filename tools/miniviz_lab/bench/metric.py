"""One measured figure beside what people use today (peer) and the least the runtime allows (floor)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Metric:
    """Runs of one measurement; peer and floor are medians of the same session. No runs: absent, and why."""

    name: str
    unit: str
    runs: Sequence[float]
    peer: float | None = None
    floor: float | None = None
    note: str = ""
    parts: Mapping[str, float] = field(default_factory=dict[str, float])  # what the figure is made of

    @property
    def value(self) -> float | None:
        """The median of the runs; None where nothing could be measured."""
        return median(self.runs) if self.runs else None

    @property
    def ratio_peer(self) -> float | None:
        """The value as a multiple of the peer's."""
        return _ratio(self.value, self.peer)

    @property
    def ratio_floor(self) -> float | None:
        """The value as a multiple of the floor's."""
        return _ratio(self.value, self.floor)

    def as_json(self) -> dict[str, object]:
        """The stable keys of the JSON file."""
        return {
            "value": self.value,
            "unit": self.unit,
            "peer": self.peer,
            "floor": self.floor,
            "ratio_peer": self.ratio_peer,
            "ratio_floor": self.ratio_floor,
            "runs": list(self.runs),
            "parts": dict(self.parts),
            "note": self.note,
        }


def _ratio(value: float | None, other: float | None) -> float | None:
    return value / other if value is not None and other else None
