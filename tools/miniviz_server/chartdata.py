"""A chart's points, worked out by the database: it reads the range, the page gets what it can draw."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from miniviz_server.chart import MINUTE
from miniviz_server.numeric import TEXT_NUMBER

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
    return _run(connection, question, _aggregated(connection, question))


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


def _run(connection: sa.Connection, question: Question, sql: str) -> Sequence[Row]:
    return connection.execute(sa.text(sql).bindparams(*_bound(question)), _values(question)).all()


def first_timestamp(connection: sa.Connection, project_id: str) -> int | None:
    """When the project's first event was."""
    query = "SELECT min(timestamp) FROM events WHERE project_id = :project_id"
    return connection.execute(sa.text(query), {"project_id": project_id}).scalar_one()


_FUNCTIONS = {"mean": "avg", "min": "min", "max": "max", "count": "count"}


def _aggregated(connection: sa.Connection, question: Question) -> str:
    function = _FUNCTIONS[question.aggregate]
    columns = ", ".join(f"{function}(v{n})" for n in range(len(question.metrics)))
    return (
        f"SELECT label_key, (timestamp + :ahead) / :bucket AS slot, {columns} "
        f"FROM ({_inner(connection, question)}) AS found GROUP BY label_key, slot ORDER BY slot"
    )


def _raw(connection: sa.Connection, question: Question) -> str:
    columns = ", ".join(f"v{n}" for n in range(len(question.metrics)))
    order = f"ORDER BY timestamp DESC, id DESC LIMIT {MOST_RAW + 1}"
    return f"SELECT label_key, timestamp, {columns} FROM ({_inner(connection, question)} {order}) AS found"


def _inner(connection: sa.Connection, question: Question) -> str:
    postgres = connection.dialect.name == "postgresql"
    number = _postgres_number if postgres else _sqlite_number
    columns = ", ".join(
        f"{number(n, metric, metric in question.texts)} AS v{n}" for n, metric in enumerate(question.metrics)
    )
    where = "project_id = :project_id AND timestamp >= :start AND timestamp < :end"
    if question.labels:
        where += " AND label_key IN :labels"
    return f"SELECT id, label_key, timestamp, {columns} FROM events WHERE {where}"


def _sqlite_number(n: int, metric: str, text: bool) -> str:
    if _SIMPLE.fullmatch(metric):
        value = f"json_extract(payload, '$.\"' || :m{n} || '\"')"
    else:
        value = f"(SELECT value FROM json_each(payload) WHERE key = :m{n})"
    if not text:
        return value
    # A comparison with a NUMERIC turns text into a number where the whole text is one.
    whole = f"length({value}) <= 200 AND instr(payload, '\\u0000') = 0 AND CAST({value} AS NUMERIC) = {value}"
    return f"CASE WHEN typeof({value}) <> 'text' OR ({whole}) THEN CAST({value} AS REAL) END"


def _postgres_number(n: int, _metric: str, text: bool) -> str:
    value = f"(payload ->> :m{n})"
    found = f"json_typeof(payload -> :m{n}) = 'number' AND length({value}) < 300"
    if text:
        found = f"(({found}) OR {value} ~ :number)"
    # PostgreSQL cannot take U+0000 out of JSON, and longer numbers do not fit: such a value is none.
    whole = "strpos(payload::text, '\\u0000') = 0"
    return f"CASE WHEN {whole} THEN CASE WHEN {found} THEN CAST({value} AS double precision) END END"


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
