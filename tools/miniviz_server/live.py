"""Who watches a project's page now, and the stream that tells them of every new event."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncGenerator

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from miniviz_server.records import StoredEvent

# A watcher that falls this far behind misses events; the page reads the table afresh on each one it gets.
_QUEUE = 1000
# The first event goes out at once; what follows within this time goes out together.
_PAUSE_SECONDS = 0.01
# Proxies close a connection that is silent for longer.
_KEEPALIVE_SECONDS = 15.0
# A page that lost its server comes back within this time (milliseconds).
_WATCHING = format_sse_event(comment="watching", retry=1000)


class _Watcher:
    """One open page: what it has yet to be told."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.news = asyncio.Event()


class Hub:
    """Hands stored events to the pages that are open. Lives on the server's event loop."""

    def __init__(self) -> None:
        self._watchers: defaultdict[str, set[_Watcher]] = defaultdict(set)
        self._closed = False

    def publish(self, project_id: str, event: StoredEvent) -> None:
        """Tells every open page of the project; never waits."""
        watchers = self._watchers.get(project_id)
        if not watchers:
            return
        # Written once, however many watch.
        text = format_sse_event(event="stored", id=str(event.id), data_str=json.dumps(as_json(event)))
        for watcher in watchers:
            if len(watcher.waiting) < _QUEUE:
                watcher.waiting.append(text)
                watcher.news.set()

    def watched(self) -> bool:
        """Whether any page is open; safe to ask from any thread."""
        return bool(self._watchers)

    def close(self) -> None:
        """Ends every stream, so that the server can end."""
        self._closed = True
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.news.set()

    async def stream(self, project_id: str) -> AsyncGenerator[bytes]:
        """Server-sent events, from now on."""
        watcher = _Watcher()
        watchers = self._watchers[project_id]
        watchers.add(watcher)
        try:
            yield _WATCHING
            while not self._closed:
                yield await self._next(watcher)
                await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            watchers.discard(watcher)
            if not watchers:
                self._watchers.pop(project_id, None)

    @staticmethod
    async def _next(watcher: _Watcher) -> bytes:
        try:
            async with asyncio.timeout(_KEEPALIVE_SECONDS):
                await watcher.news.wait()
        except TimeoutError:
            return KEEPALIVE_COMMENT
        watcher.news.clear()
        told = b"".join(watcher.waiting)
        watcher.waiting.clear()
        return told


def as_json(event: StoredEvent) -> dict[str, object]:
    """The event as the page's scripts read it."""
    return {
        "id": event.id,
        "timestamp": event.timestamp,
        "label_key": event.label_key,
        "payload": event.payload,
    }
