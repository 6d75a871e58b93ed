"""The last calls of devices, as they came and as they were answered; secrets masked."""

from __future__ import annotations

import json
import re
import time
from collections import OrderedDict, deque
from dataclasses import asdict, dataclass, field
from typing import cast
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
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


class Calls:
    """A hundred calls of each of the last hundred projects. In memory: each server process has its own."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, deque[Call]] = OrderedDict()

    def add(self, call: Call) -> None:
        """Keeps it; the oldest make room."""
        # Ids that do not exist share one place, or anybody could push the real ones out.
        name = "" if call.status == 404 else call.project_id
        kept = self._of.setdefault(name, deque(maxlen=_PER_PROJECT))
        kept.append(call)
        self._of.move_to_end(name)
        if len(self._of) > _PROJECTS:
            self._of.popitem(last=False)

    def of(self, project_id: str) -> list[Call]:
        """This project's, newest first."""
        return list(reversed(self._of.get(project_id, ())))

    def all(self) -> list[Call]:
        """Everybody's, newest first."""
        return sorted((call for kept in self._of.values() for call in kept), key=lambda call: -call.at)

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
        call, secrets = _begin(scope)
        scope["miniviz.call"] = call
        started = time.perf_counter()
        asked, told = bytearray(), bytearray()

        async def listening_receive() -> Message:
            message = await receive()
            if message["type"] == "http.request" and len(asked) < _EXCERPT:
                asked.extend(message.get("body", b"")[:_EXCERPT])
            return message

        async def listening_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                call.answer_headers = _masked(MutableHeaders(scope=message).items())
            elif len(told) < _EXCERPT:
                told.extend(message.get("body", b"")[:_EXCERPT])
            await send(message)

        try:
            await self._app(scope, listening_receive, listening_send)
        finally:
            call.milliseconds = round((time.perf_counter() - started) * 1000, 1)
            call.request_body, call.answer_body = _text(asked, secrets), _text(told, secrets)
            self._calls.add(call)


def _begin(scope: Scope) -> tuple[Call, list[str]]:
    path, query = cast("str", scope["path"]), cast("bytes", scope["query_string"]).decode("latin-1")
    headers = MutableHeaders(raw=list(scope["headers"]))
    found = _PATH.match(path)
    secrets = parse_qs(query).get("token", [])
    bearer = headers.get("authorization", "").partition(" ")[2].strip()
    shown = path + ("?" + _TOKEN.sub(MASK, query) if query else "")
    call = Call(clock.now_ms(), scope["method"], shown, found[1] if found else "", _masked(headers.items()))
    # Only what is long enough to be a secret: masking every "a" would hide the body.
    return call, [secret for secret in (*secrets, bearer) if len(secret) >= 6]


def _masked(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, MASK if name.lower() in _SECRET_HEADERS else value) for name, value in headers]


def _text(raw: bytearray, secrets: list[str]) -> str:
    text = bytes(raw[:_EXCERPT]).decode("utf-8", "backslashreplace")
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text + ("..." if len(raw) >= _EXCERPT else "")
