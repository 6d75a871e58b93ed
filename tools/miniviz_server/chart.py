"""A chart: what a person chose in the editor, checked field by field."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, cast

from miniviz_server.form import Form

TYPES = ("line", "bar", "number", "gauge", "table", "image")
AGGREGATES = ("mean", "min", "max", "count", "raw")
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
RANGES = {
    "15m": 15 * MINUTE,
    "1h": HOUR,
    "6h": 6 * HOUR,
    "24h": DAY,
    "7d": 7 * DAY,
    "30d": 30 * DAY,
    "90d": 90 * DAY,
    "1y": 365 * DAY,
    "all": 0,
}
# Zero: chosen from the chart's width.
INTERVALS = (0, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY)
SIZES = (1, 2, 3)
# The real platform takes 2 metrics and a name of 20 characters; those limits are there for billing.
MOST_METRICS = 8
MOST_LABELS = 20
NAME = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """What the editor holds."""

    type: str
    name: str
    # None chosen: all labels.
    labels: list[str]
    metrics: list[str]
    range: str
    aggregate: str
    interval: int
    # The ends of a gauge.
    low: float
    high: float
    # Columns of the dashboard's three that it takes.
    size: int

    def as_json(self) -> dict[str, object]:
        """As it is stored."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Chart:
    """A stored chart."""

    id: str
    settings: Settings

    def as_json(self) -> dict[str, object]:
        """As the page reads it."""
        return {"id": self.id, **self.settings.as_json()}


def check(document: object) -> Settings:
    """The settings in this document; raises Problem 422 with the field at fault."""
    form = Form(document)
    kind = form.choice("type", TYPES)
    settings = Settings(
        type=kind,
        name=form.text("name", 1, NAME),
        labels=form.texts("labels", MOST_LABELS, 4000),
        metrics=form.texts("metrics", MOST_METRICS, 400),
        range=form.choice("range", tuple(RANGES), "24h"),
        aggregate=form.choice("aggregate", AGGREGATES, "mean"),
        interval=_interval(form),
        low=form.number("low", -1e12, 1e12, 0),
        high=form.number("high", -1e12, 1e12, 100),
        size=int(form.number("size", SIZES[0], SIZES[-1], 1)),
    )
    if kind in ("line", "bar", "number", "gauge") and not settings.metrics:
        form.refuse("metrics", f"Choose at least one metric for a {kind} chart.")
    if kind == "gauge" and settings.low >= settings.high:
        form.refuse("high", "The gauge's upper end must be above its lower end.")
    return settings


def stored(settings: object) -> Settings:
    """Settings as the database has them."""
    return Settings(**cast("dict[str, Any]", settings))


def _interval(form: Form) -> int:
    found = int(form.number("interval", 0, DAY, 0))
    if found not in INTERVALS:
        form.refuse("interval", "Choose one of the listed aggregation intervals.")
    return found
