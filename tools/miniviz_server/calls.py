"""The last calls of devices, as they came and as they were answered; secrets masked."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import cast
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from miniviz_server.clock import clock

MASK = "***"
_PATH = re.compile(r"/api/project/([^/]+)")
_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-csrf-token")
_TOKEN = re.compile(r"(?<=token=)[^&\s\"]*")
_PER_PROJECT, _PROJECTS = 100, 100
_EXCERPT = 1000


@dataclass(slots=True)
class Call:
    """One request and its answer."""

    at: int
    method: str
    path: str
    project_id: str
    request_headers: list[tuple[str, str]]
    request_body: str = ""
    status: int | None = None
    answer_headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    answer_body: str = ""
    milliseconds: float = 0.0
    fault: str = ""
    number: int = 0

    def verdict(self) -> str:
        """What became of it, in a few words."""
        if self.status is None:
            return "no answer"
        try:
            answer = json.loads(self.answer_body)
            return str(answer["error"]["code"]) if "error" in answer else "stored"
        except (ValueError, KeyError, TypeError):
            return "stored" if 200 <= self.status < 300 else "refused"

    def as_json(self) -> dict[str, object]:
        """For programs."""
        told: dict[str, object] = asdict(self)
        told["verdict"] = self.verdict()
        return told


@dataclass(slots=True)
class Exchange:
    """The same as it went over the wire: few calls are ever looked at, so only those are made readable."""

    at: int
    scope: Scope
    asked: bytearray = field(default_factory=bytearray)
    start: Message | None = None
    told: bytearray = field(default_factory=bytearray)
    milliseconds: float = 0.0
    fault: str = ""
    # With `at`, what tells calls apart also when two come in the same millisecond.
    number: int = field(default_factory=itertools.count(1).__next__)

    def name(self) -> str:
        """Whose it is."""
        # Ids that do not exist share one place, or anybody could push the real ones out.
        if self.start is not None and self.start["status"] == 404:
            return ""
        found = _PATH.match(self.scope["path"])
        return found[1] if found else ""

    def call(self) -> Call:
        """For people, secrets masked."""
        path, query = cast("str", self.scope["path"]), cast("bytes", self.scope["query_string"])
        asked_with = _decoded(self.scope["headers"])
        text = query.decode("latin-1")
        found = _PATH.match(path)
        authorization = next((value for name, value in asked_with if name == "authorization"), "")
        presented = [*parse_qs(text).get("token", []), authorization.partition(" ")[2].strip()]
        # Only what is long enough to be a secret: masking every "a" would hide the body.
        secrets = [secret for secret in presented if len(secret) >= 6]
        return Call(
            self.at,
            self.scope["method"],
            path + ("?" + _TOKEN.sub(MASK, text) if text else ""),
            found[1] if found else "",
            _masked(asked_with),
            _text(self.asked, secrets),
            self.start["status"] if self.start else None,
            _masked(_decoded(self.start["headers"])) if self.start else [],
            _text(self.told, secrets),
            self.milliseconds,
            self.fault,
            self.number,
        )


class Calls:
    """A hundred calls of each of the last hundred projects. In memory: each server process has its own."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, deque[Exchange]] = OrderedDict()

    def add(self, exchange: Exchange) -> None:
        """Keeps it; the oldest make room."""
        name = exchange.name()
        kept = self._of.get(name)
        if kept is None:
            kept = self._of[name] = deque(maxlen=_PER_PROJECT)
        kept.append(exchange)
        self._of.move_to_end(name)
        if len(self._of) > _PROJECTS:
            self._of.popitem(last=False)

    def of(self, project_id: str) -> list[Call]:
        """This project's, newest first."""
        return [exchange.call() for exchange in reversed(self._of.get(project_id, ()))]

    def all(self) -> list[Call]:
        """Everybody's, newest first."""
        found = [exchange.call() for kept in self._of.values() for exchange in kept]
        return sorted(found, key=lambda call: -call.at)

    def clear(self) -> None:
        """Forgets them."""
        self._of.clear()


class CallRecorder:
    """Listens to every call of the device endpoints."""

    def __init__(self, app: ASGIApp, calls: Calls) -> None:
        self._app = app
        self._calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        # What the call needs of it: the rest holds on to the connection.
        kept = {name: scope[name] for name in ("method", "path", "query_string", "headers")}
        exchange = scope["miniviz.call"] = Exchange(clock.now_ms(), kept)
        started = time.perf_counter()

        async def listening_receive() -> Message:
            message = await receive()
            if message["type"] == "http.request" and len(exchange.asked) < _EXCERPT:
                exchange.asked.extend(message.get("body", b"")[:_EXCERPT])
            return message

        async def listening_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.start = message
            elif len(exchange.told) < _EXCERPT:
                exchange.told.extend(message.get("body", b"")[:_EXCERPT])
            await send(message)

        try:
            await self._app(scope, listening_receive, listening_send)
        finally:
            exchange.milliseconds = round((time.perf_counter() - started) * 1000, 1)
            self._calls.add(exchange)


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _masked(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, MASK if name.lower() in _SECRET_HEADERS else value) for name, value in headers]


def _text(raw: bytearray, secrets: list[str]) -> str:
    text = bytes(raw[:_EXCERPT]).decode("utf-8", "backslashreplace")
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text + ("..." if len(raw) >= _EXCERPT else "")
