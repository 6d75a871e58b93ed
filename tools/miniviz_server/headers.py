"""The headers that keep a page harmless, whatever a device sent."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Files too: a browser asks again after an upgrade, and is told 304 when nothing changed.
    "Cache-Control": "no-cache",
}
_RAW = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
# Tokens stand there: after logging out, nobody finds them in the browser's cache.
_PRIVATE = ("/projects", "/account")
_RAW_PRIVATE = [(b"cache-control", b"no-store"), *(one for one in _RAW if one[0] != b"cache-control")]


class SecurityHeaders:
    """Adds the headers to every answer that does not bring its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ours = _RAW_PRIVATE if scope["path"].startswith(_PRIVATE) else _RAW

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                theirs = list(message.get("headers", ()))
                names = {name for name, _ in theirs}
                message["headers"] = theirs + [one for one in ours if one[0] not in names]
            await send(message)

        await self._app(scope, receive, send_with_headers)
