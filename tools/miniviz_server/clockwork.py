"""What runs beside the requests: the rules' timer, the sending of alerts, retention, sums.

Threads, one each.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from miniviz_server.channels import Channels, NotSent, warm
from miniviz_server.judge import Judge
from miniviz_server.numeric import now_ms
from miniviz_server.outgoing import Outgoing
from miniviz_server.rollups import Rollups
from miniviz_server.store import Store

logger = logging.getLogger("miniviz.clockwork")

_SECOND = 1.0
_HOUR = 3600.0
# Not at once: the first page comes first.
_WARM_SECONDS = 3.0
_STOP_SECONDS = 3.0
# How soon charts need not read an hour's events any more.
_SUM_SECONDS = 30.0
_DAY_MILLISECONDS = 86_400_000


class Clockwork:
    """Started and stopped with the server."""

    def __init__(
        self,
        store: Store,
        judge: Judge,
        outgoing: Outgoing,
        channels: Channels,
        keep_days: float | None = None,
    ) -> None:
        self._store = store
        self._judge = judge
        self._outgoing = outgoing
        self._channels = channels
        self._stop = threading.Event()
        self._due = threading.Event()
        self._threads: list[threading.Thread] = []
        self._keep_days = keep_days
        self._rollups = Rollups(store)

    def start(self) -> None:
        """Begins to turn."""
        works = {
            "rules": self._judging,
            "alerts": self._sending,
            "tidy": self._tidying,
            "rollups": self._summing,
        }
        for name, work in works.items():
            thread = threading.Thread(target=work, name=f"miniviz-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Ends; an alert that is being sent gets a moment, and is tried again by the next start."""
        self._stop.set()
        self._due.set()
        for thread in self._threads:
            thread.join(_STOP_SECONDS)

    def wake(self) -> None:
        """An alert waits."""
        self._due.set()

    def _judging(self) -> None:
        while not self._stop.wait(_SECOND):
            self._carefully(self._tick)

    def _tick(self) -> None:
        if self._judge.tick():
            self.wake()

    def _sending(self) -> None:
        while not self._stop.is_set():
            self._due.wait(_SECOND)
            self._due.clear()
            self._carefully(self._send_all)

    def _send_all(self) -> None:
        while not self._stop.is_set() and (delivery := self._outgoing.claim()) is not None:
            error = ""
            try:
                self._channels.send(delivery.channel, delivery.target, delivery.message)
            except NotSent as failure:
                error = str(failure)
            self._outgoing.done(delivery, error)

    def _tidying(self) -> None:
        if self._stop.wait(_WARM_SECONDS):
            return
        warm()
        while True:
            self._carefully(self._tidy)
            if self._stop.wait(_HOUR):
                return

    def _summing(self) -> None:
        pause = _WARM_SECONDS
        while not self._stop.wait(pause):
            self._carefully(self._sum)
            pause = _SUM_SECONDS

    def _sum(self) -> None:
        self._rollups.fill(self._stop.wait)

    def _tidy(self) -> None:
        self._outgoing.tidy()
        if self._keep_days is not None:
            self._store.forget_before(now_ms() - int(self._keep_days * _DAY_MILLISECONDS))

    def _carefully(self, work: Callable[[], None]) -> None:
        try:
            work()
        except SQLAlchemyError as error:
            # A database that is away for a while must not end the thread.
            logger.warning("the database cannot take this now: %s", type(error).__name__)
