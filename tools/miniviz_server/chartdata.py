"""A chart's points, worked out by the database: it reads the range, the page gets what it can draw."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from miniviz_server import rollup
from miniviz_server.chart import MINUTE
from miniviz_server.jsonnumber import postgres_number, sqlite_number
from miniviz_server.numeric import TEXT_NUMBER
from miniviz_server.rollup import ROWS, STEP

# As many points as a screen is wide; raw ones are the newest.
MOST_RAW = 5000
_STEPS = tuple(
    seconds * 1000
    for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
)
_DAY = 86_400_000
# A bucket for every so many pixels.
_PIXELS = 2
# Names that stand in a JSON path as they are.
_SIMPLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .-]*")


class Question(NamedTuple):
    """What a chart wants to know."""

    project_id: str
    labels: list[str]
    metrics: list[str]
    start: int
    end: int
    aggregate: str
    bucket: int
    # Minutes that the viewer's clock is ahead of UTC: days begin at the viewer's midnight.
    ahead: int = 0
    # Metrics that ever came as text; the others need no look at each value.
    texts: frozenset[str] = frozenset()


class Line(NamedTuple):
    """One line: the points of one metric of one label, oldest first."""

    label_key: str
    metric: str
    points: list[tuple[int, float]]


def bucket_for(span: int, width: int, interval: int) -> int:
    """Milliseconds per bucket: as chosen, or else as fine as the chart's width can show."""
    least = span * _PIXELS / max(width, 50)
    if interval:
        return interval
    step = next((step for step in _STEPS if step >= least), None)
    return step or -(-int(least) // _DAY) * _DAY


# A label, the bucket's number or the moment, and a value for each metric.
Row = Sequence[Any]


def lines(connection: sa.Connection, question: Question) -> tuple[list[Line], bool]:
    """The lines, and whether older points were left out."""
    if not question.metrics:
        return [], False
    if question.aggregate != "raw":
        return drawn(question, aggregated(connection, question)), False
    rows = _run(connection, question, _raw(connection, question))
    return drawn(question, reversed(rows[:MOST_RAW])), len(rows) > MOST_RAW


def aggregated(connection: sa.Connection, question: Question) -> Sequence[Row]:
    """One row for each label and bucket, in the buckets' order."""
    hours: list[int] = []
    # A step of the sums must lie in one bucket.
    if question.bucket % STEP == 0 and question.ahead * MINUTE % STEP == 0:
        hours = rollup.ready_hours(connection, question.project_id, question.start, question.end)
    sql = _with_sums(connection, question) if hours else _aggregated(connection, question)
    return _run(connection, question, sql, hours)


def drawn(question: Question, rows: Iterable[Row]) -> list[Line]:
    """The lines that these rows make."""
    raw = question.aggregate == "raw"
    found: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for row in rows:
        for number, metric in enumerate(question.metrics):
            value = row[2 + number]
            if value is not None and abs(value) < 1e300:
                moment = int(row[1])
                if not raw:
                    moment = moment * question.bucket - question.ahead * MINUTE
                found.setdefault((str(row[0]), metric), []).append((moment, float(value)))
    return [Line(label, metric, points) for (label, metric), points in sorted(found.items())]


def _run(connection: sa.Connection, question: Question, sql: str, hours: Sequence[int] = ()) -> Sequence[Row]:
    statement = sa.text(sql).bindparams(*_bound(question))
    values = _values(question)
    if hours:
        low, high = rollup.slots(question.start, question.end)
        open_time = json.dumps(list(rollup.gaps(hours, question.start, question.end)))
        values |= {"low": low, "high": high, "gaps": open_time, "metrics": list(question.metrics)}
        statement = statement.bindparams(sa.bindparam("metrics", expanding=True))
    return connection.execute(statement, values).all()


def first_timestamp(connection: sa.Connection, project_id: str) -> int | None:
    """When the project's first event was."""
    query = "SELECT min(timestamp) FROM events WHERE project_id = :project_id"
    return connection.execute(sa.text(query), {"project_id": project_id}).scalar_one()


# A reading as a row of its own, the same of a row of sums, and what both together come to.
_PARTS = {
    "mean": (
        "CAST(v{n} AS double precision) AS a{n}, CASE WHEN v{n} IS NOT NULL THEN 1 END AS b{n}",
        "CASE WHEN metric = :m{n} THEN total END, CASE WHEN metric = :m{n} THEN readings END",
        "sum(a{n}) / nullif(CAST(sum(b{n}) AS double precision), 0)",
    ),
    "min": ("v{n} AS a{n}", "CASE WHEN metric = :m{n} THEN low END", "min(a{n})"),
    "max": ("v{n} AS a{n}", "CASE WHEN metric = :m{n} THEN high END", "max(a{n})"),
    "count": (
        "CASE WHEN v{n} IS NOT NULL THEN 1 END AS a{n}",
        "CASE WHEN metric = :m{n} THEN readings END",
        "sum(a{n})",
    ),
}
_FUNCTIONS = {"mean": "avg(v{n})", "min": "min(v{n})", "max": "max(v{n})", "count": "nullif(count(v{n}), 0)"}


def _aggregated(connection: sa.Connection, question: Question) -> str:
    results = _each(_FUNCTIONS[question.aggregate], question)
    return (
        f"SELECT label_key, (timestamp + :ahead) / :bucket AS slot, {results} "
        f"FROM ({_inner(connection, question)}) AS found GROUP BY label_key, slot ORDER BY slot"
    )


def _with_sums(connection: sa.Connection, question: Question) -> str:
    each, kept, result = _PARTS[question.aggregate]
    events = (
        f"SELECT label_key, (timestamp + :ahead) / :bucket AS slot, {_each(each, question)} "
        f"FROM ({_inner(connection, question, in_gaps=True)}) AS found"
    )
    sums = f"SELECT label_key, (slot * {STEP} + :ahead) / :bucket, {_each(kept, question)} {ROWS}"
    if question.labels:
        sums += " AND r.label_key IN :labels"
    return (
        f"SELECT label_key, slot, {_each(result, question)} "
        f"FROM ({events} UNION ALL {sums}) AS parts GROUP BY label_key, slot ORDER BY slot"
    )


def _each(template: str, question: Question) -> str:
    return ", ".join(template.format(n=n) for n in range(len(question.metrics)))


def _raw(connection: sa.Connection, question: Question) -> str:
    columns = ", ".join(f"v{n}" for n in range(len(question.metrics)))
    order = f"ORDER BY timestamp DESC, id DESC LIMIT {MOST_RAW + 1}"
    return f"SELECT label_key, timestamp, {columns} FROM ({_inner(connection, question)} {order}) AS found"


def _inner(connection: sa.Connection, question: Question, *, in_gaps: bool = False) -> str:
    columns = ", ".join(
        f"{_number(connection, n, metric, metric in question.texts)} AS v{n}"
        for n, metric in enumerate(question.metrics)
    )
    table, first, end = "events", ":start", ":end"
    if in_gaps:
        postgres = connection.dialect.name == "postgresql"
        table = f"({_POSTGRES_GAPS if postgres else _SQLITE_GAPS}) AS gap CROSS JOIN events"
        first, end = "gap.first", "gap.last"
    where = f"project_id = :project_id AND timestamp >= {first} AND timestamp < {end}"
    if question.labels:
        where += " AND label_key IN :labels"
    return f"SELECT events.id, label_key, timestamp, {columns} FROM {table} WHERE {where}"


_SQLITE_GAPS = """SELECT json_extract(value, '$[0]') AS first, json_extract(value, '$[1]') AS last
FROM json_each(:gaps)"""
_POSTGRES_GAPS = """SELECT CAST(value ->> 0 AS bigint) AS first, CAST(value ->> 1 AS bigint) AS last
FROM json_array_elements(CAST(:gaps AS json))"""


def _number(connection: sa.Connection, n: int, metric: str, text: bool) -> str:
    if connection.dialect.name == "postgresql":
        return postgres_number(f"payload -> :m{n}", f"(payload ->> :m{n})", text=text)
    if _SIMPLE.fullmatch(metric):
        return sqlite_number(f"json_extract(payload, '$.\"' || :m{n} || '\"')", text=text)
    return sqlite_number(f"(SELECT value FROM json_each(payload) WHERE key = :m{n})", text=text)


def _bound(question: Question) -> list[Any]:
    return [sa.bindparam("labels", expanding=True)] if question.labels else []


def _values(question: Question) -> dict[str, Any]:
    values: dict[str, Any] = {
        "project_id": question.project_id,
        "start": question.start,
        "end": question.end,
        "bucket": question.bucket,
        "ahead": question.ahead * MINUTE,
        "number": TEXT_NUMBER,
        "labels": question.labels,
    }
    values |= {f"m{n}": metric for n, metric in enumerate(question.metrics)}
    return values
