"""Chosen faults: what a network or a platform does to a device on a bad day."""

from __future__ import annotations

import asyncio
import random
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from miniviz_server.calls import Exchange
from miniviz_server.connections import transport_of
from miniviz_server.problem import Problem


class Fault(BaseModel):
    """One fault: which calls it meets, how often, and what it does to them."""

    model_config = ConfigDict(extra="forbid")

    on: Literal["data", "image", "any"] = "any"
    project: Annotated[str, Field(max_length=100)] | None = None
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    count: Annotated[int, Field(ge=1, le=10**9)] | None = None
    skip: Annotated[int, Field(ge=0, le=10**9)] = 0
    delay: Annotated[float, Field(ge=0, le=3600)] = 0.0
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    retry_after: Annotated[str, Field(max_length=100, pattern=r"^[ -~]*$")] | int | None = None
    body: Annotated[str, Field(max_length=10_000)] | None = None
    drop: bool = False
    cut: bool = False
    after_storing: bool = False

    @model_validator(mode="after")
    def _one_effect(self) -> Fault:
        if sum((self.status is not None, self.drop, self.cut)) > 1:
            raise ValueError("choose one of status, drop and cut")
        if self.status is None and not (self.drop or self.cut or self.delay):
            raise ValueError("a fault needs status, drop, cut or delay")
        return self

    def name(self) -> str:
        """What it does, in a few words."""
        effect = "drop" if self.drop else "cut-off" if self.cut else str(self.status or "")
        parts = [
            effect,
            f"delay {self.delay:g} s" if self.delay else "",
            "after storing" * self.after_storing,
        ]
        return ", ".join(part for part in parts if part)

    def meets(self, scope: Scope) -> bool:
        """Whether this call is of the kind that the fault is for."""
        parts = cast("str", scope["path"]).split("/")
        kind = "image" if parts[-1] == "image" else "data"
        return self.on in ("any", kind) and self.project in (None, *parts[3:4])


class Faults:
    """The faults that are set now, and how often each has struck."""

    def __init__(self) -> None:
        self.set([], None)

    def set(self, faults: list[Fault], seed: int | None) -> None:
        """Replaces them; with a seed, probabilities fall the same way every time."""
        self._faults = [(fault, [0, 0]) for fault in faults]
        self._random = random.Random(seed)

    def as_json(self) -> list[dict[str, object]]:
        """Each with the number of calls it met and struck."""
        return [_told(fault, met, struck) for fault, (met, struck) in self._faults]

    def choose(self, scope: Scope) -> Fault | None:
        """The first fault that strikes this call."""
        for fault, numbers in self._faults:
            if not fault.meets(scope):
                continue
            numbers[0] += 1
            spent = fault.count is not None and numbers[1] >= fault.count
            if numbers[0] > fault.skip and not spent and self._random.random() < fault.probability:
                numbers[1] += 1
                return fault
        return None


def _told(fault: Fault, met: int, struck: int) -> dict[str, object]:
    told: dict[str, object] = fault.model_dump(exclude_none=True)
    told.update(met=met, struck=struck)
    return told


class FaultInjector:
    """Lets the chosen faults strike the device endpoints."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        device = scope["type"] == "http" and scope["path"].startswith("/api/")
        fault = self._faults.choose(scope) if device else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        call = scope.get("miniviz.call")
        if isinstance(call, Exchange):
            call.fault = fault.name()
        await self._strike(fault, scope, receive, send)

    async def _strike(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        if fault.after_storing or fault.cut or (fault.status is None and not fault.drop):
            await self._app(scope, receive, keep)
        # After the storing, so that a device that gives up meanwhile has sent a duplicate next time.
        await asyncio.sleep(fault.delay)
        if fault.drop:
            await _hang_up(scope, receive, at_once=True)
        elif fault.cut:
            await _send_half(answer, send)
            await _hang_up(scope, receive, at_once=False)
        elif fault.status is not None:
            await _refusal(fault)(scope, receive, send)
        else:
            for message in answer:
                await send(message)


def _refusal(fault: Fault) -> Response:
    status = fault.status or 500
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.body is not None or status in (204, 304):
        text = "" if status in (204, 304) else fault.body
        return Response(text, status, headers, media_type="text/html")
    return Problem(status, "lab_fault", f"The lab answers {status} here.", None, headers).response()


async def _send_half(answer: list[Message], send: Send) -> None:
    body = b"".join(message.get("body", b"") for message in answer[1:])
    await send(answer[0])
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def _hang_up(scope: Scope, receive: Receive, *, at_once: bool) -> None:
    transport = transport_of(scope)
    if transport is None:
        raise RuntimeError("only a server that listens on a socket can hang up")
    if at_once:
        transport.abort()
    else:
        transport.close()
    # uvicorn answers for an application that ends in silence, unless it knows that nobody is there.
    while (await receive())["type"] != "http.disconnect":
        pass
