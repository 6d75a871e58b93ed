"""The stream that keeps a page live."""

import asyncio
import json
import statistics
import threading
import time

import pytest
import requests
from miniviz_server import PROJECTS, running
from miniviz_server.live import Hub
from miniviz_server.records import StoredEvent
from server_client import endpoint, event, post, wait_until


@pytest.fixture
def server():
    with running() as server:
        yield server


class Watcher:
    """A page's ear: collects (moment, event) until the stream ends."""

    def __init__(self, server, project=PROJECTS[0]):
        url = f"{server.url}/projects/{project.id}/live"
        self.response = requests.get(url, stream=True, timeout=10)
        self.heard = []
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()
        assert self.ready.wait(5)

    def listen(self):
        for line in self.response.iter_lines(chunk_size=1):
            if line.startswith(b": watching"):
                self.ready.set()
            if line.startswith(b"data: "):
                self.heard.append((time.perf_counter(), json.loads(line[6:])))


def test_every_stored_event_reaches_every_watcher_and_no_refused_one_does(server):
    watchers = [Watcher(server), Watcher(server)]
    other = Watcher(server, PROJECTS[1])
    assert watchers[0].response.headers["Content-Type"].startswith("text/event-stream")
    first = post(server, event()).json()["id"]
    post(server, event(payload={}))
    second = post(server, event(label_key="<b>", payload={"a": "line\nbreak"})).json()["id"]
    for watcher in watchers:
        assert wait_until(lambda heard=watcher.heard: len(heard) == 2)
        assert [one["id"] for _, one in watcher.heard] == [first, second]
        assert watcher.heard[1][1] == {"id": second} | event(label_key="<b>", payload={"a": "line\nbreak"})
    assert other.heard == []


def test_an_event_is_in_the_stream_within_100_ms_at_the_median(server):
    watcher = Watcher(server)
    took = []
    with requests.Session() as session:
        for n in range(30):
            started = time.perf_counter()
            session.post(endpoint(server), json=event(payload={"n": n}), timeout=10)
            assert wait_until(lambda n=n: len(watcher.heard) == n + 1)
            took.append(watcher.heard[-1][0] - started)
    assert statistics.median(took) < 0.1


def test_a_watcher_that_left_is_forgotten(server):
    url = f"{server.url}/projects/{PROJECTS[0].id}/live"
    with requests.get(url, stream=True, timeout=10) as leaving:
        assert next(leaving.iter_lines()) == b": watching"
    for _ in range(3):
        assert post(server, event()).status_code == 201


def told(chunks):
    """The ids in what a stream said."""
    return [int(line[4:]) for line in b"".join(chunks).decode().splitlines() if line.startswith("id: ")]


def test_a_watcher_that_sleeps_costs_a_bounded_queue_and_stops_nobody():
    async def scene():
        hub = Hub()
        stream = hub.stream("p")
        await anext(stream)
        for n in range(5000):
            hub.publish("p", StoredEvent(n, n, "a", {}))
        heard = await anext(stream)
        hub.close()
        return heard, [chunk async for chunk in stream]

    heard, after = asyncio.run(scene())
    assert told([heard]) == list(range(1000))
    assert after == []


def test_a_watcher_hears_in_order_and_a_closed_hub_ends_new_ones():
    async def scene():
        hub = Hub()
        stream = hub.stream("p")
        await anext(stream)
        heard = []
        for n in range(3):
            hub.publish("p", StoredEvent(n, n, "a", {}))
            hub.publish("other", StoredEvent(9, 9, "a", {}))
            if n:
                heard.append(await anext(stream))
        hub.close()
        return heard, [chunk async for chunk in hub.stream("p")]

    heard, late = asyncio.run(scene())
    assert [told([chunk]) for chunk in heard] == [[0, 1], [2]]
    assert late == [b": watching\nretry: 1000\n\n"]


def test_a_silent_stream_says_that_it_lives(monkeypatch):
    monkeypatch.setattr("miniviz_server.live._KEEPALIVE_SECONDS", 0.01)

    async def scene():
        stream = Hub().stream("p")
        return [await anext(stream) for _ in range(3)][1:]

    assert asyncio.run(scene()) == [b": ping\n\n"] * 2
