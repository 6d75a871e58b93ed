"""One line per request, without its query string: that is where devices put their token."""

from __future__ import annotations

import logging
import time
from typing import cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger("miniviz.requests")


class RequestLog:
    """Logs method, path, status and duration when the answer begins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not logger.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def send_and_log(message: Message) -> None:
            if message["type"] == "http.response.start":
                took = (time.perf_counter() - started) * 1000
                logger.info("%s %s %s %.1f ms", scope["method"], _path(scope), message["status"], took)
            await send(message)

        await self._app(scope, receive, send_and_log)


def _path(scope: Scope) -> str:
    # As it came over the wire: percent-encoded, so that no path can forge a line.
    raw = cast("bytes", scope.get("raw_path") or b"")
    return raw.partition(b"?")[0].decode("ascii", "backslashreplace")
