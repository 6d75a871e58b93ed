"""When a rule alerts, when it keeps quiet, and that it alerts once however many processes judge."""

import itertools
import threading
from dataclasses import replace

import pytest
from miniviz_server import PROJECTS, Event, rule
from miniviz_server.clock import clock
from miniviz_server.judge import Judge
from miniviz_server.outgoing import BACKOFF, Outgoing
from miniviz_server.problem import Problem
from miniviz_server.records import StoredEvent
from miniviz_server.rulestore import RuleStore
from miniviz_server.store import Store
from postgres_server import new_database
from postgres_server import pytestmark as postgres_marks
from server_client import NOW

PROJECT, OTHER = (project.id for project in PROJECTS)
MINUTE = 60_000
_names = itertools.count()


class Scene:
    """A database, a clock that stands until it is moved, and server processes that judge."""

    def __init__(self, database, monkeypatch):
        self.database = database
        self.now = NOW
        monkeypatch.setattr(type(clock), "now_ms", lambda _clock: self.now)
        self.stores = []
        self.processes = [self.process()]
        self.store, self.rules, self.judge = self.processes[0]
        self.outgoing = Outgoing(self.store)

    def process(self):
        opened = Store(self.database, seed=PROJECTS)
        self.stores.append(opened)
        rules = RuleStore(opened)
        return opened, rules, Judge(opened, rules)

    def rule(self, **changes):
        fields = {"name": "A", "operator": ">", "metric": "t", "threshold": 30, "channel": "webhook"}
        settings = rule.check(fields | {"notify_recovered": True} | changes)
        return self.rules.create(PROJECT, settings, "http://example.org/", True)

    def send(self, label="a", ago=0, by=None, **payload):
        opened, _, judging = by or self.processes[0]
        # The log's order is the clock's.
        self.now += 1
        stored = opened.add(PROJECT, Event(self.now - ago, label, payload))
        return judging.heard(PROJECT, stored)

    def log(self):
        found = self.outgoing.log(PROJECT)
        return [(one["kind"], one["label_key"]) for one in reversed(found)]

    def after(self, minutes):
        self.now += int(minutes * MINUTE)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=postgres_marks)])
def scene(request, tmp_path, monkeypatch):
    if request.param == "sqlite":
        database = tmp_path / "a.sqlite"
    else:
        database = new_database(request.getfixturevalue("postgres_address"), f"judging{next(_names)}")
    scene = Scene(database, monkeypatch)
    yield scene
    for opened in scene.stores:
        opened.close()


def test_it_alerts_when_the_condition_begins_and_once_until_it_ends(scene):
    scene.rule()
    for value in (20, 30, 30.5, 31, 99, 12, 13, 40):
        scene.after(1)
        scene.send(t=value)
    assert scene.log() == [("triggered", "a"), ("recovered", "a"), ("triggered", "a")]


def test_recovery_is_told_only_when_it_is_wanted(scene):
    scene.rule(notify_recovered=False)
    for value in (31, 20, 31):
        scene.after(1)
        scene.send(t=value)
    assert scene.log() == [("triggered", "a"), ("triggered", "a")]


def test_each_label_stands_for_itself_and_a_named_one_alone(scene):
    scene.rule()
    scene.send("a", t=31)
    scene.send("b", t=31)
    scene.send("a", t=0)
    assert scene.log() == [("triggered", "a"), ("triggered", "b"), ("recovered", "a")]
    scene.rule(name="B", label_key="b", threshold=90)
    scene.send("a", t=20)
    scene.send("b", t=91)
    assert scene.log()[3:] == [("triggered", "b")]


@pytest.mark.parametrize(
    ("sign", "threshold", "holds", "fails"),
    [
        (">", 5, [5.1, "6"], [5, 4, "x", "", "5"]),
        (">=", 5, [5, 6], [4.9]),
        ("<", 5, [4, "-1"], [5, "z"]),
        ("<=", 5, [5], [5.1]),
        ("==", 5, [5, 5.0, "5"], [6]),
        ("!=", 5, [6], [5]),
        ("==", "true", ["true"], ["false", 1]),
        ("!=", "on", ["off", 3], ["on"]),
    ],
)
def test_what_each_comparison_says(sign, threshold, holds, fails):
    document = {"name": "A", "operator": sign, "metric": "t", "threshold": threshold, "channel": "webhook"}
    one = rule.Rule("1", PROJECT, True, rule.check(document), "x", 0)
    assert all(one.verdict({"t": value}) is True for value in holds)
    assert not any(one.verdict({"t": value}) for value in fails)
    assert one.verdict({"other": 1}) is None


def test_for_how_long_is_judged_by_readings_and_by_the_timer(scene):
    scene.rule(minutes=5)
    scene.send(t=31)
    scene.after(4)
    scene.send(t=31)
    assert not scene.judge.tick() and scene.log() == []
    scene.after(1)
    assert scene.judge.tick() and scene.log() == [("triggered", "a")]
    scene.send(t=1)
    scene.send(t=31)
    scene.after(4)
    scene.send(t=1)
    scene.after(4)
    assert not scene.judge.tick() and scene.log()[2:] == []


def test_alerts_are_a_cooldown_apart_and_a_condition_that_outlasts_it_is_told(scene):
    scene.rule(cooldown_minutes=10, notify_recovered=False)
    for value in (31, 1, 31):
        scene.after(1)
        scene.send(t=value)
    assert scene.log() == [("triggered", "a")]
    scene.after(7)
    assert not scene.judge.tick()
    scene.after(1)
    assert scene.judge.tick() and scene.log() == [("triggered", "a")] * 2


def test_silence_is_told_once_and_so_is_the_next_reading(scene):
    scene.rule(operator="silent", minutes=10)
    scene.send(t=1)
    scene.after(9)
    assert not scene.judge.tick()
    scene.after(2)
    assert scene.judge.tick() and not scene.judge.tick()
    scene.send(t=1)
    assert scene.judge.tick()
    assert scene.log() == [("triggered", "a"), ("recovered", "a")]


def test_a_named_device_that_never_sent_is_silent_and_an_old_unknown_one_is_no_news(scene):
    scene.send("long gone", t=1)
    scene.after(600)
    scene.rule(operator="silent", minutes=10)
    scene.rule(name="B", operator="silent", minutes=10, label_key="never seen")
    scene.after(11)
    scene.judge.tick()
    assert scene.log() == [("triggered", "never seen")]


def test_the_time_that_the_server_was_away_is_no_devices_silence(scene):
    scene.rule(operator="silent", minutes=10)
    scene.send(t=1)
    scene.after(60)
    _, _, again = scene.process()
    assert not again.tick()
    scene.after(10)
    assert again.tick() and scene.log() == [("triggered", "a")]


def test_late_readings_from_an_outbox_change_nothing(scene):
    scene.rule()
    scene.send(t=20)
    assert not scene.send(t=99, ago=MINUTE)
    assert scene.log() == []


def test_a_clock_that_is_ahead_does_not_silence_a_rule(scene):
    scene.rule()
    scene.send(t=20, ago=-1000 * MINUTE)
    scene.after(1)
    assert scene.send(t=99)


def test_a_rule_that_is_off_or_deleted_or_changed_forgets_where_it_stood(scene):
    made = scene.rule()
    scene.send(t=31)
    scene.rules.change(replace(made, enabled=False))
    scene.send(t=1)
    scene.rules.change(made)
    scene.send(t=32)
    assert scene.log() == [("triggered", "a")] * 2
    scene.rules.delete(made)
    assert not scene.send(t=1) and len(scene.log()) == 2


def test_of_several_processes_one_alerts(scene):
    scene.rule(minutes=5)
    processes = [*scene.processes, scene.process(), scene.process()]
    for process in processes:
        scene.send(t=31, by=process)
    scene.after(6)
    barrier = threading.Barrier(len(processes))

    def at_once(judging):
        barrier.wait()
        judging.tick()

    threads = [threading.Thread(target=at_once, args=(process[2],)) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert scene.log() == [("triggered", "a")]
    # Another process than the one that alerted sees it end, and a third sees it begin anew.
    scene.send(t=1, by=processes[1])
    assert scene.log() == [("triggered", "a"), ("recovered", "a")]


def test_a_stream_judged_by_two_processes_in_turn_alerts_as_one_would(scene):
    scene.rule()
    processes = [*scene.processes, scene.process()]
    for place, value in enumerate((31, 32, 1, 33, 2, 3, 34, 35)):
        scene.after(1)
        scene.send(t=value, by=processes[place % 2])
    kinds = [kind for kind, _ in scene.log()]
    assert kinds == ["triggered", "recovered", "triggered", "recovered", "triggered"]


def test_a_delivery_is_taken_once_tried_again_and_given_up(scene):
    scene.rule()
    scene.send(t=31)
    other = Outgoing(scene.process()[0])
    for tries in range(1, len(BACKOFF) + 2):
        taken = scene.outgoing.claim()
        assert taken.attempts == tries and other.claim() is None
        scene.outgoing.done(taken, "It answered 500.")
        shown = scene.outgoing.log(PROJECT)[0]
        if tries <= len(BACKOFF):
            assert shown["state"] == "waiting" and shown["next_at"] == scene.now + BACKOFF[tries - 1] * 1000
            scene.now = shown["next_at"]
    assert shown["state"] == "failed" and shown["error"] == "It answered 500."
    scene.after(10_000)
    assert scene.outgoing.claim() is None


def test_a_delivery_whose_process_died_is_taken_by_another(scene):
    scene.rule()
    scene.send(t=31)
    assert scene.outgoing.claim() is not None
    other = Outgoing(scene.process()[0])
    assert other.claim() is None
    scene.after(1.01)
    taken = other.claim()
    assert taken.attempts == 2
    other.done(taken, "")
    assert scene.outgoing.log(PROJECT)[0]["state"] == "sent"


def test_another_projects_readings_trigger_nothing(scene):
    scene.rule()
    stored = scene.store.add(OTHER, Event(scene.now, "a", {"t": 99}))
    assert not scene.judge.heard(OTHER, StoredEvent(stored.id, scene.now, "a", {"t": 99}))
    assert scene.log() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"operator": "~"}, "operator"),
        ({"metric": ""}, "metric"),
        ({"threshold": None}, "threshold"),
        ({"threshold": "warm"}, "threshold"),
        ({"threshold": "", "operator": "=="}, "threshold"),
        ({"minutes": -1}, "minutes"),
        ({"cooldown_minutes": 1e9}, "cooldown_minutes"),
        ({"channel": "pigeon"}, "channel"),
        ({"notify_recovered": 1}, "notify_recovered"),
        ({"operator": "silent", "minutes": 0}, "minutes"),
        ({"label_key": 5}, "label_key"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(changes, field):
    fields = {"name": "A", "operator": ">", "metric": "t", "threshold": 30, "channel": "webhook"}
    with pytest.raises(Problem) as caught:
        rule.check(fields | changes)
    assert caught.value.field == field
