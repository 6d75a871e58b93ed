"""The rules, where each stands for each label, and the deliveries: every question and change."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from miniviz_server.numeric import now_ms
from miniviz_server.rule import Rule, Settings, stored
from miniviz_server.schema_rules import deliveries, rule_states, rules
from miniviz_server.store import Store

OK, PENDING, FIRED = "ok", "pending", "triggered"
# Rules change by hand, so another process may learn of it this much later.
_CACHE_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class State:
    """Where a rule stands for a label. Version 0 is a row that is not written yet."""

    state: str = OK
    since: int = 0
    notified_at: int = 0
    event: dict[str, Any] | None = None
    version: int = 0


class RuleStore:
    """Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cached: dict[str, list[Rule]] = {}
        self._cached_at = -_CACHE_MILLISECONDS

    def enabled(self) -> dict[str, list[Rule]]:
        """The rules to be judged, by project; from memory as long as nobody can have changed them."""
        now = now_ms()
        if not 0 <= now - self._cached_at < _CACHE_MILLISECONDS:
            found: defaultdict[str, list[Rule]] = defaultdict(list)
            with self._store.reading() as connection:
                for row in connection.execute(sa.select(rules).where(rules.c.enabled == 1)):
                    found[row.project_id].append(_rule(row))
            self._cached, self._cached_at = dict(found), now
        return self._cached

    def all(self, project_id: str) -> list[Rule]:
        """The project's rules, oldest first."""
        query = sa.select(rules).where(rules.c.project_id == project_id)
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(rules.c.created_at, rules.c.id))
            return [_rule(row) for row in rows]

    def get(self, project_id: str, rule_id: str) -> Rule | None:
        """One rule, if it is this project's."""
        return next((rule for rule in self.all(project_id) if rule.id == rule_id), None)

    def create(self, project_id: str, settings: Settings, target: str, enabled: bool) -> Rule:
        """A new rule."""
        now = now_ms()
        rule = Rule(str(uuid.uuid4()), project_id, enabled, settings, target, now)
        values = {"id": rule.id, "project_id": project_id, "created_at": now}
        with self._store.writing() as connection:
            connection.execute(sa.insert(rules).values(**values, **_changes(rule)))
        self.forget()
        return rule

    def change(self, rule: Rule) -> None:
        """Stores the rule anew; where it stood is forgotten, because the condition may be another."""
        with self._store.writing() as connection:
            connection.execute(sa.delete(rule_states).where(rule_states.c.rule_id == rule.id))
            connection.execute(sa.update(rules).where(rules.c.id == rule.id).values(**_changes(rule)))
        self.forget()

    def delete(self, rule: Rule) -> None:
        """The rule and where it stood; its deliveries stay in the log."""
        with self._store.writing() as connection:
            connection.execute(sa.delete(rules).where(rules.c.id == rule.id))
        self.forget()

    def forget(self) -> None:
        """Reads the rules afresh next time."""
        self._cached_at = -_CACHE_MILLISECONDS

    def states(self, rule_ids: Iterable[str], label_key: str | None = None) -> dict[tuple[str, str], State]:
        """Where these rules stand, by rule and label."""
        query = sa.select(rule_states).where(rule_states.c.rule_id.in_(list(rule_ids)))
        if label_key is not None:
            query = query.where(rule_states.c.label_key == label_key)
        with self._store.reading() as connection:
            return {(row.rule_id, row.label_key): _state(row) for row in connection.execute(query)}

    def waiting(self) -> list[tuple[str, str, State]]:
        """Every rule and label whose condition holds but not for long enough yet."""
        query = sa.select(rule_states).where(rule_states.c.state == PENDING)
        with self._store.reading() as connection:
            return [(row.rule_id, row.label_key, _state(row)) for row in connection.execute(query)]

    def move(
        self, rule: Rule, label_key: str, seen: State, to: State, delivery: dict[str, Any] | None
    ) -> bool:
        """Changes the state if it still is the one seen, and queues the alert with it: both or none."""
        values = {"state": to.state, "since": to.since, "notified_at": to.notified_at, "event": to.event}
        with self._store.writing() as connection:
            if seen.version:
                change = sa.update(rule_states).where(
                    rule_states.c.rule_id == rule.id,
                    rule_states.c.label_key == label_key,
                    rule_states.c.version == seen.version,
                )
                won = connection.execute(change.values(**values, version=seen.version + 1)).rowcount
            else:
                won = self._first(connection, rule.id, label_key, values)
            if won and delivery is not None:
                connection.execute(sa.insert(deliveries), delivery)
        return bool(won)

    def _first(self, connection: sa.Connection, rule_id: str, label_key: str, values: dict[str, Any]) -> int:
        # Both dialects know ON CONFLICT; who comes second inserts nothing.
        if self._store.postgres:
            from sqlalchemy.dialects.postgresql import insert
        else:
            from sqlalchemy.dialects.sqlite import insert
        row = insert(rule_states).values(rule_id=rule_id, label_key=label_key, version=1, **values)
        return connection.execute(row.on_conflict_do_nothing()).rowcount


def _changes(rule: Rule) -> dict[str, Any]:
    return {
        "enabled": int(rule.enabled),
        "settings": rule.settings.as_json(),
        "target": rule.target,
        "changed_at": now_ms(),
    }


def _rule(row: sa.Row[Any]) -> Rule:
    return Rule(row.id, row.project_id, bool(row.enabled), stored(row.settings), row.target, row.created_at)


def _state(row: sa.Row[Any]) -> State:
    return State(row.state, row.since, row.notified_at, row.event, row.version)
