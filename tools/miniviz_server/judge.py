"""Judges the rules: each reading as it is stored, and by a timer what time alone decides."""

from __future__ import annotations

import logging
from typing import Any

from miniviz_server import alert, outgoing
from miniviz_server import heard as hearing
from miniviz_server.alert import Reading
from miniviz_server.numeric import now_ms
from miniviz_server.records import StoredEvent
from miniviz_server.rule import SILENT, Rule
from miniviz_server.rulestore import FIRED, OK, PENDING, RuleStore, State
from miniviz_server.store import Store

logger = logging.getLogger("miniviz.rules")

_MINUTE = 60_000
# How often a change that another process got ahead of is thought over.
_TRIES = 3
_MOST_LABELS = 50_000


class Judge:
    """One per process; the database decides who of several acts."""

    def __init__(self, store: Store, rules: RuleStore) -> None:
        self._store = store
        self._rules = rules
        self._started = now_ms()
        self._newest: dict[tuple[str, str], int] = {}

    def heard(self, project_id: str, event: StoredEvent) -> bool:
        """Judges one reading; says whether an alert was queued. Late ones from an outbox change nothing."""
        rules = self._rules.enabled().get(project_id)
        if not rules or self._late(project_id, event):
            return False
        reading = Reading(event.label_key, event.timestamp, event.payload)
        verdicts = [(rule, rule.verdict(event.payload)) for rule in rules if rule.watches(event.label_key)]
        said = [(rule, verdict) for rule, verdict in verdicts if verdict is not None]
        if not said:
            return False
        states = self._rules.states([rule.id for rule, _ in said], event.label_key)
        queued = False
        for rule, verdict in said:
            state = states.get((rule.id, event.label_key), State())
            queued |= self._step(rule, reading, verdict, state)
        return queued

    def tick(self) -> bool:
        """What a second may have changed: conditions that held long enough, labels that fell silent."""
        rules = {rule.id: rule for found in self._rules.enabled().values() for rule in found}
        queued = False
        for rule_id, _label, state in self._rules.waiting():
            rule = rules.get(rule_id)
            if rule is not None and rule.settings.operator != SILENT and state.event is not None:
                queued |= self._step(rule, Reading(**state.event), True, state)
        for rule in rules.values():
            if rule.settings.operator == SILENT:
                queued |= self._listen(rule)
        return queued

    def _listen(self, rule: Rule) -> bool:
        queued = False
        with self._store.reading() as connection:
            heard = hearing.last_heard(connection, rule.project_id)
        limit = int(rule.settings.minutes * _MINUTE)
        if rule.settings.label_key:
            name = rule.settings.label_key
            heard = {name: heard.get(name, 0)}
        else:
            # Devices that were given up before anybody asked are no news.
            heard = {label: last for label, last in heard.items() if last >= rule.created_at - limit}
        states = self._rules.states([rule.id])
        for label, last in heard.items():
            # While the server was away it could not hear: that is no device's silence.
            since = max(last, rule.created_at if not last else 0, self._started)
            state = states.get((rule.id, label), State())
            reading = Reading(label, last or since, {})
            queued |= self._step(rule, reading, now_ms() - since >= limit, state, silent=True)
        return queued

    def _step(self, rule: Rule, reading: Reading, holds: bool, state: State, *, silent: bool = False) -> bool:
        for _ in range(_TRIES):
            step = _next(rule, reading, holds, state, now_ms(), silent)
            if step is None:
                return False
            to, kind = step
            row = outgoing.new(rule, kind, alert.message(rule, kind, reading)) if kind else None
            if self._rules.move(rule, reading.label_key, state, to, row):
                if kind:
                    logger.info("rule %s %s for %s", rule.id, kind, ascii(reading.label_key))
                return row is not None
            found = self._rules.states([rule.id], reading.label_key)
            state = found.get((rule.id, reading.label_key), State())
        return False

    def _late(self, project_id: str, event: StoredEvent) -> bool:
        key = (project_id, event.label_key)
        if event.timestamp < self._newest.get(key, 0):
            return True
        if len(self._newest) > _MOST_LABELS:
            self._newest.clear()
        # A clock that is ahead must not silence the rules for long.
        self._newest[key] = min(event.timestamp, now_ms())
        return False


def _next(
    rule: Rule, reading: Reading, holds: bool, state: State, now: int, silent: bool
) -> tuple[State, str] | None:
    """The state after this verdict and the alert to send with it; None when nothing changes."""
    about: dict[str, Any] = reading.as_json()
    if not holds:
        if state.state == OK:
            return None
        told = state.state == FIRED and rule.settings.notify_recovered
        to = State(OK, now, state.notified_at, None, state.version)
        return to, alert.RECOVERED if told else ""
    if state.state == FIRED:
        return None
    since = state.since if state.state == PENDING else now
    held = silent or now - since >= rule.settings.minutes * _MINUTE
    cool = now - state.notified_at >= rule.settings.cooldown_minutes * _MINUTE
    if held and cool:
        return State(FIRED, now, now, about, state.version), alert.TRIGGERED
    if state.state == PENDING:
        return None
    return State(PENDING, now, state.notified_at, about, state.version), ""
