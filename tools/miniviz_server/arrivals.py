"""What happens to a reading that passed every check: stored, shown to open pages, judged by the rules."""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple

from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from miniviz_server.clockwork import Clockwork
from miniviz_server.judge import Judge
from miniviz_server.live import Hub
from miniviz_server.problem import Problem
from miniviz_server.records import Event, StoredEvent
from miniviz_server.relay import Relay
from miniviz_server.store import Store

logger = logging.getLogger("miniviz.rules")

# One transaction; more wait for the next one.
_MOST = 200
# A request is read, begun and judged in so many passes of the event loop.
_QUIET = 2


class _Waiting(NamedTuple):
    """A reading whose device waits for its answer."""

    project_id: str
    event: Event
    answer: asyncio.Future[StoredEvent]


class Arrivals:
    """Lives on the server's event loop. All readings that are there at once share one transaction."""

    def __init__(self, store: Store, hub: Hub, relay: Relay, judge: Judge, clockwork: Clockwork) -> None:
        self._store = store
        self._hub = hub
        self._relay = relay
        self._judge = judge
        self._clockwork = clockwork
        self._waiting: list[_Waiting] = []
        self._storing: asyncio.Task[None] | None = None

    async def take(self, project_id: str, event: Event) -> StoredEvent:
        """Stores it; once it is stored nothing else can make the answer a refusal."""
        self._store.check(event)
        answer: asyncio.Future[StoredEvent] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(project_id, event, answer))
        if self._storing is None:
            self._storing = asyncio.create_task(self._store_all())
        return await answer

    async def _store_all(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                await self._store_batch(batch)
        finally:
            self._storing = None

    async def _gather(self) -> None:
        """Lets those come along that are in the middle of being read: a commit costs more than a row."""
        found, quiet = len(self._waiting), 0
        while quiet < _QUIET and found < _MOST:
            await asyncio.sleep(0)
            quiet = 0 if len(self._waiting) > found else quiet + 1
            found = len(self._waiting)

    async def _store_batch(self, batch: list[_Waiting]) -> None:
        try:
            stored = await self._add([(one.project_id, one.event) for one in batch])
        except IntegrityError as error:
            # A project that was deleted meanwhile must not cost the others their readings.
            if len(batch) == 1:
                message = "There is no project with this id any more; nothing was stored."
                problem = Problem(404, "unknown_project", message, "project_id")
                problem.__cause__ = error
                _refuse(batch, problem)
                return
            for one in batch:
                await self._store_batch([one])
        except Exception as error:  # noqa: BLE001 - whatever it is, each device that waits is told
            _refuse(batch, error)
        else:
            told = [(one.project_id, event) for one, event in zip(batch, stored, strict=True)]
            self._relay.tell(told)
            for one, (project_id, event) in zip(batch, told, strict=True):
                self._tell(project_id, event)
                if not one.answer.done():
                    one.answer.set_result(event)

    async def _add(self, found: list[tuple[str, Event]]) -> list[StoredEvent]:
        # SQLite takes 30 microseconds for a commit, less than it takes to hand it to a thread. PostgreSQL is
        # somewhere else: while it works, this process reads the next readings.
        if not self._store.postgres:
            return self._store.add_all(found)
        stored = await self._store.add_soon(found)
        return await run_in_threadpool(self._store.add_all, found) if stored is None else stored

    def _tell(self, project_id: str, stored: StoredEvent) -> None:
        self._hub.publish(project_id, stored)
        try:
            if self._judge.heard(project_id, stored):
                self._clockwork.wake()
        except SQLAlchemyError as error:
            logger.warning("the rules were not judged: %s", type(error).__name__)


def _refuse(batch: list[_Waiting], error: Exception) -> None:
    for one in batch:
        if not one.answer.done():
            one.answer.set_exception(error)
