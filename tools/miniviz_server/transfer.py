"""A project as a file: one JSON object per line, first the project, then every row that belongs to it."""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from miniviz_server import schema_rules
from miniviz_server.problem import Problem
from miniviz_server.records import Event, Plan, Project
from miniviz_server.schema import events, metadata, projects
from miniviz_server.store import Store

FORMAT = 1
_CHUNK = 1000
# Not carried: series, counts, sums and what was heard are made anew from the events, and what an alert still
# had to send must not be sent by two servers.
_LEFT = ("series", "event_counts", "heard", "rollup_hours", "rollups", "deliveries")

# Named so that their rows are carried although nothing else here asks for rules.
RULES = (schema_rules.rules, schema_rules.rule_states)

_Row = dict[str, Any]


class Untransferable(Exception):
    """The project cannot be moved; the message is one sentence that says why."""


def export(store: Store, project_id: str) -> Iterator[str]:
    """The lines of the file."""
    project = store.projects.get(project_id)
    if project is None:
        raise Untransferable(f"There is no project {project_id} in this database.")
    head = {"miniviz_export": FORMAT, "id": project.id, "token": project.token}
    yield json.dumps(head | {"name": project.name, "plan": project.plan})
    with store.reading() as connection:
        for table, query in _queries(project_id).items():
            rows = connection.execution_options(yield_per=_CHUNK).execute(query)
            for row in rows.mappings():
                values = {name: _plain(value) for name, value in row.items() if name != "project_id"}
                yield json.dumps({table.name: values})


def load(store: Store, lines: Iterable[str], owner_id: str | None, *, new_id: bool) -> tuple[Project, int]:
    """Stores the project of these lines, whole or not at all; with how many events."""
    numbered = ((number, _parsed(number, line)) for number, line in enumerate(lines, 1) if line.strip())
    project = replace(_project(next(numbered, (1, _Row()))[1]), owner_id=owner_id)
    if new_id:
        project = replace(project, id=str(uuid.uuid4()), token=secrets.token_hex(24))
    if store.projects.get(project.id) is not None:
        message = f"The project {project.id} is in this database already"
        raise Untransferable(f"{message}; --new-id makes a copy with another id and token.")
    with store.writing() as connection:
        store.projects.insert(connection, project)
        total = _Loader(store, connection, project.id, fresh=new_id).load(numbered)
    return project, total


class _Loader:
    """Puts rows back: each table's numbers are given anew, and what points to them follows."""

    def __init__(self, store: Store, connection: sa.Connection, project_id: str, *, fresh: bool) -> None:
        self._store = store
        self._connection = connection
        self._project_id = project_id
        self._fresh = fresh
        self._now: dict[tuple[str, object], object] = {}
        self._waiting: list[_Row] = []
        self._tables = {table.name: table for table in _queries(project_id)}

    def load(self, lines: Iterator[tuple[int, _Row]]) -> int:
        """Every line after the first; how many events it were."""
        total = 0
        for number, line in lines:
            name, values = next(iter(line.items()), ("", None))
            table = self._tables.get(name)
            if table is None or len(line) != 1 or not isinstance(values, dict):
                raise Untransferable(
                    f"Line {number}: {name!r} is nothing that this miniviz knows; update it."
                )
            try:
                if table is events:
                    self._event(cast("_Row", values))
                    total += 1
                else:
                    self._flush()
                    self._row(table, cast("_Row", values))
            except (KeyError, ValueError, TypeError, SQLAlchemyError, Problem) as error:
                raise Untransferable(f"Line {number}: this {name} row is damaged ({error}).") from error
        self._flush()
        return total

    def _event(self, values: _Row) -> None:
        values.pop("id", None)
        Event(int(values["timestamp"]), str(values["label_key"]), dict(values["payload"]))
        self._waiting.append(values | {"project_id": self._project_id})
        if len(self._waiting) >= _CHUNK:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._store.insert_events(self._connection, self._project_id, self._waiting)
            self._waiting = []

    def _row(self, table: sa.Table, values: _Row) -> None:
        unknown = values.keys() - set(table.c.keys())
        if unknown:
            raise ValueError(f"unknown column {min(unknown)}")
        row = {name: _typed(table.c[name], value) for name, value in values.items()}
        for key in table.foreign_keys:
            target = (key.column.table.name, row.get(key.parent.name))
            if target in self._now:
                row[key.parent.name] = self._now[target]
        if "project_id" in table.c:
            row["project_id"] = self._project_id
        old = row.get("id")
        if isinstance(old, int):
            del row["id"]
        elif old is not None and self._fresh:
            row["id"] = str(uuid.uuid4())
        made = self._connection.execute(sa.insert(table), row).inserted_primary_key
        if old is not None and made is not None:
            self._now[table.name, old] = made[0]


def _queries(project_id: str) -> dict[sa.Table, sa.Select[Any]]:
    """For every table whose rows belong to a project, those of this one; parents before children."""
    found: dict[sa.Table, sa.Select[Any]] = {}
    for table in metadata.sorted_tables:
        if table is projects or table.name in _LEFT:
            continue
        if "project_id" in table.c:
            found[table] = sa.select(table).where(table.c.project_id == project_id)
            continue
        for key in table.foreign_keys:
            parent = key.column.table
            if parent in found:
                inside = found[parent].with_only_columns(key.column)
                found[table] = sa.select(table).where(key.parent.in_(inside))
    if "id" in events.c:
        found[events] = found[events].order_by(events.c.id)
    return found


def _plain(value: object) -> object:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _typed(column: sa.Column[Any], value: Any) -> Any:
    binary = isinstance(column.type, sa.LargeBinary)
    return base64.b64decode(value["base64"], validate=True) if binary and value is not None else value


def _parsed(number: int, line: str) -> _Row:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise Untransferable(f"Line {number} is no JSON: the file is damaged or not an export.") from None
    if not isinstance(found, dict):
        raise Untransferable(f"Line {number} is no JSON object: the file is damaged or not an export.")
    return cast("_Row", found)


def _project(head: _Row) -> Project:
    if head.get("miniviz_export") != FORMAT:
        raise Untransferable("This is no export of a miniviz project, or one of a newer miniviz.")
    texts = [head.get(name) for name in ("id", "token", "name")]
    if head.get("plan") not in ("free", "pro") or not all(isinstance(text, str) and text for text in texts):
        raise Untransferable("Line 1: the project's id, token, name or plan is missing or damaged.")
    return Project(str(texts[0]), str(texts[1]), str(texts[2]), cast("Plan", head["plan"]))
