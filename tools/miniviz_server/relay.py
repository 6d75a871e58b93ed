"""Tells the other server processes of every event, by PostgreSQL's LISTEN and NOTIFY.

NOTIFY inside the storing transaction would make all commits of the database wait for each other, so a
thread tells what is stored already, many events at a time, on a connection of its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import queue
import threading
import uuid
from collections.abc import Sequence
from typing import Any

from miniviz_server.live import Hub
from miniviz_server.records import StoredEvent
from miniviz_server.store import Store

logger = logging.getLogger("miniviz.relay")

_CHANNEL = "miniviz_events"
# PostgreSQL's limit is 8000 bytes.
_MOST_BYTES = 7500
# Batches, of 200 events at most.
_QUEUE = 1000
_GATHER_SECONDS = 0.02
_MOST_AT_ONCE = 1000
_POLL_SECONDS = 0.5
_AGAIN_SECONDS = 2.0


class Relay:
    """Does nothing where there is one process: on SQLite."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self._store = store
        self._hub = hub
        self._me = uuid.uuid4().hex[:12]
        self._waiting: queue.Queue[Sequence[tuple[str, StoredEvent]] | None] = queue.Queue(_QUEUE)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """To be called on the event loop."""
        if not self._store.postgres:
            return
        self._loop = asyncio.get_running_loop()
        for name, work in (("notify", self._notify), ("listen", self._listen)):
            thread = threading.Thread(target=self._keep_at, args=(work,), name=f"miniviz-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Ends both threads."""
        self._stop.set()
        if self._threads:
            self._tell_end()
        for thread in self._threads:
            thread.join(_AGAIN_SECONDS)

    def tell(self, events: Sequence[tuple[str, StoredEvent]]) -> None:
        """Queues them; never waits. A page that misses one reads the rows afresh with the next."""
        if self._threads and not self._waiting.full():
            self._waiting.put_nowait(events)

    def _tell_end(self) -> None:
        if not self._waiting.full():
            self._waiting.put_nowait(None)

    def _keep_at(self, work: Any) -> None:
        import psycopg

        while not self._stop.is_set():
            try:
                with psycopg.connect(self._store.address(), autocommit=True) as connection:
                    work(connection)
            except psycopg.Error as error:
                logger.warning("live updates between processes pause: %s", type(error).__name__)
                self._stop.wait(_AGAIN_SECONDS)

    def _notify(self, connection: Any) -> None:
        while not self._stop.is_set():
            found = self._waiting.get()
            # Every message costs each process as much as many events in one, and no eye sees the delay.
            self._stop.wait(_GATHER_SECONDS)
            messages: list[bytes] = []
            while found is not None:
                messages += [_written(*one) for one in found]
                if self._waiting.empty() or len(messages) >= _MOST_AT_ONCE:
                    break
                found = self._waiting.get_nowait()
            for text in _batches(self._me, messages):
                connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, text))

    def _listen(self, connection: Any) -> None:
        connection.execute(f"LISTEN {_CHANNEL}")
        while not self._stop.is_set():
            for message in connection.notifies(timeout=_POLL_SECONDS):
                sender, _, events = message.payload.partition(" ")
                if sender != self._me and self._loop is not None and self._hub.watched():
                    self._loop.call_soon_threadsafe(self._publish, json.loads(events))

    def _publish(self, events: list[list[Any]]) -> None:
        for project_id, number, timestamp, label_key, payload in events:
            self._hub.publish(project_id, StoredEvent(number, timestamp, label_key, payload))


def _written(project_id: str, event: StoredEvent) -> bytes:
    return json.dumps([project_id, event.id, event.timestamp, event.label_key, event.payload]).encode()


def _batches(me: str, messages: list[bytes]) -> list[str]:
    """Texts that fit; a single event always does, because PostgreSQL's labels are short."""
    texts: list[str] = []
    room: list[str] = []
    for message in messages:
        if room and sum(map(len, room)) + len(room) + len(message) + len(me) + 3 > _MOST_BYTES:
            texts.append(f"{me} [{','.join(room)}]")
            room = []
        room.append(message.decode())
    if room:
        texts.append(f"{me} [{','.join(room)}]")
    return texts
