"""Which of a project's events are wanted, as the Database page's form and its links say it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query

from miniviz_server.clock import clock
from miniviz_server.problem import Problem

Period = Literal["1h", "24h", "7d", "30d", "365d", "all"]
Order = Literal["newest", "oldest", "label", "label-desc"]

_HOUR = 3_600_000
_LENGTHS = {"1h": _HOUR, "24h": 24 * _HOUR, "7d": 168 * _HOUR, "30d": 720 * _HOUR, "365d": 8760 * _HOUR}
PERIODS = {
    "1h": "last hour",
    "24h": "last 24 hours",
    "7d": "last 7 days",
    "30d": "last 30 days",
    "365d": "last 365 days",
    "all": "all time",
}
_FIRST, _LAST = 0, 2**63 - 1


@dataclass(frozen=True, slots=True)
class Filter:
    """No label stands for every label, no metric for every metric."""

    labels: tuple[str, ...] = ()
    metric: str = ""
    period: Period = "7d"
    since: int | None = None
    until: int | None = None
    order: Order = "newest"

    def span(self) -> tuple[int, int]:
        """First and last millisecond. A period is open towards the future: clocks of devices run fast."""
        if self.since is not None or self.until is not None:
            return (_FIRST if self.since is None else self.since, _LAST if self.until is None else self.until)
        length = _LENGTHS.get(self.period)
        return (_FIRST if length is None else clock.now_ms() - length, _LAST)

    def everything(self) -> bool:
        """Whether every event passes."""
        return not self.labels and not self.metric and self.span() == (_FIRST, _LAST)

    def query(self, **more: object) -> str:
        """The query string that asks for this again."""
        pairs: list[tuple[str, object]] = [("label", label) for label in self.labels]
        if self.metric:
            pairs.append(("metric", self.metric))
        pairs += [("period", self.period), ("sort", self.order)]
        pairs += [
            (name, _moment(at)) for name, at in (("from", self.since), ("to", self.until)) if at is not None
        ]
        pairs += more.items()
        return urlencode(pairs, errors="replace")

    def sorted_by(self, order: Order) -> Filter:
        """The same events in another order."""
        return replace(self, order=order)

    def of_all_time(self) -> Filter:
        """The same without a bound in time."""
        return replace(self, period="all", since=None, until=None)


def _read(
    label: Annotated[list[str] | None, Query()] = None,
    metric: Annotated[str, Query(max_length=500)] = "",
    period: Annotated[Period, Query()] = "7d",
    since: Annotated[str, Query(alias="from", max_length=40)] = "",
    until: Annotated[str, Query(alias="to", max_length=40)] = "",
    sort: Annotated[Order, Query()] = "newest",
) -> Filter:
    labels = tuple(dict.fromkeys(one for one in label or () if one))
    if any("\0" in text for text in (metric, *labels)):
        raise Problem(422, "wrong_parameter", "A label or metric with U+0000 does not exist.", "label")
    return Filter(labels, metric, period, _time(since, "from"), _time(until, "to"), sort)


FilterRoom = Annotated[Filter, Depends(_read)]


def _time(text: str, field: str) -> int | None:
    """Milliseconds of an ISO 8601 moment, taken as UTC where it names no zone."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        moment = found if found.tzinfo else found.replace(tzinfo=UTC)
        return max(round(moment.timestamp() * 1000), _FIRST)
    except (ValueError, OverflowError):
        message = f"{field} is no moment; write it like 2026-01-31T08:30:00Z."
        raise Problem(422, "wrong_parameter", message, field) from None


def _moment(milliseconds: int) -> str:
    return (
        datetime.fromtimestamp(milliseconds / 1000, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
