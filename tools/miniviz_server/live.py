"""Who watches a project's page now, and the stream that tells them of every new event."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

from fastapi.sse import ServerSentEvent

from miniviz_server.records import StoredEvent

# A watcher that falls this far behind misses events; the page reads the table afresh on each one it gets.
_QUEUE = 256


class Hub:
    """Hands stored events to the pages that are open. Lives on the server's event loop."""

    def __init__(self) -> None:
        self._watchers: defaultdict[str, set[asyncio.Queue[StoredEvent | None]]] = defaultdict(set)
        self._closed = False

    def publish(self, project_id: str, event: StoredEvent) -> None:
        """Tells every open page of the project; never waits."""
        for queue in self._watchers.get(project_id, ()):
            if not queue.full():
                queue.put_nowait(event)

    def close(self) -> None:
        """Ends every stream, so that the server can end."""
        self._closed = True
        for queues in self._watchers.values():
            for queue in queues:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(None)

    async def stream(self, project_id: str) -> AsyncIterator[ServerSentEvent]:
        """Server-sent events, from now on."""
        queue: asyncio.Queue[StoredEvent | None] = asyncio.Queue(_QUEUE)
        watchers = self._watchers[project_id]
        watchers.add(queue)
        try:
            # A page that lost its server comes back within this time (milliseconds).
            yield ServerSentEvent(comment="watching", retry=1000)
            while not self._closed and (event := await queue.get()) is not None:
                yield ServerSentEvent(event="stored", id=str(event.id), data=as_json(event))
        finally:
            watchers.discard(queue)
            if not watchers:
                self._watchers.pop(project_id, None)


def as_json(event: StoredEvent) -> dict[str, object]:
    """The event as the page's scripts read it."""
    return {
        "id": event.id,
        "timestamp": event.timestamp,
        "label_key": event.label_key,
        "payload": event.payload,
    }
