"""/_lab/...: a test chooses faults, moves the clock, fills and empties the database. Only with --lab."""

from __future__ import annotations

import math
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, cast

from fastapi import APIRouter, Body, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from miniviz_server import demo
from miniviz_server.access import local
from miniviz_server.calls import Calls
from miniviz_server.clock import clock
from miniviz_server.faults import Fault, Faults
from miniviz_server.problem import Problem
from miniviz_server.records import Event
from miniviz_server.rooms import StoreRoom

_CHUNK = 1000


async def _here(request: Request) -> None:
    if not local(request):
        raise Problem(404, "not_found", "The lab answers to the server's own machine only.")


router = APIRouter(prefix="/_lab", dependencies=[Depends(_here)], tags=["lab"])


class FaultList(BaseModel):
    """The faults from now on; earlier ones stand before later ones."""

    model_config = ConfigDict(extra="forbid")
    faults: Annotated[list[Fault], Field(max_length=100)]
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None


class Seed(BaseModel):
    """Events to make: temperature and humidity over the last days, evenly spread."""

    model_config = ConfigDict(extra="forbid")
    project: Annotated[str, Field(max_length=100)] = demo.PRO.id
    events: Annotated[int, Field(ge=1, le=200_000)] = 1000
    labels: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.:@/-]+$")]],
        Field(min_length=1, max_length=100),
    ] = ["greenhouse-1", "balcony"]
    days: Annotated[float, Field(gt=0, le=1000)] = 7.0


class Hands(BaseModel):
    """Where the server's clock stands against this machine's."""

    model_config = ConfigDict(extra="forbid")
    offset_ms: Annotated[int, Field(ge=-(10**12), le=10**12)]


@router.get("/health")
async def health(store: StoreRoom) -> dict[str, object]:
    """That it runs."""
    try:
        found = version("miniviz-firmware")
    except PackageNotFoundError:
        found = "unknown"
    return {"status": "ok", "version": found, "database": store.dialect, "now_ms": clock.now_ms()}


@router.post("/seed")
def seed(wanted: Annotated[Seed, Body(default_factory=Seed)], store: StoreRoom) -> dict[str, int]:
    """Fills a project with events that make a chart."""
    if "\0" in wanted.project or store.projects.get(wanted.project) is None:
        raise Problem(404, "unknown_project", "There is no project with this id.", "project")
    now = clock.now_ms()
    step = wanted.days * 86_400_000 / wanted.events
    made = [_made(round(now - step * n), n, wanted.labels) for n in range(wanted.events)]
    for start in range(0, len(made), _CHUNK):
        store.add_many(wanted.project, made[start : start + _CHUNK])
    return {"events": len(made)}


@router.post("/reset")
def reset(request: Request, store: StoreRoom) -> dict[str, str]:
    """Empties everything: events, projects, accounts, calls, faults; the clock is right again."""
    store.reset(demo.PROJECTS)
    _calls(request).clear()
    _faults(request).set([], None)
    clock.offset_ms = 0
    return {"status": "empty"}


@router.get("/faults")
async def faults(request: Request) -> dict[str, object]:
    """The faults, and how often each has struck."""
    return {"faults": _faults(request).as_json()}


@router.put("/faults")
async def set_faults(request: Request, wanted: FaultList) -> dict[str, object]:
    """Replaces all faults."""
    _faults(request).set(wanted.faults, wanted.seed)
    return {"faults": _faults(request).as_json()}


@router.delete("/faults")
async def clear_faults(request: Request) -> dict[str, object]:
    """No more faults."""
    _faults(request).set([], None)
    return {"faults": []}


@router.get("/requests")
async def requests(request: Request) -> dict[str, object]:
    """The last calls of every project, newest first."""
    return {"requests": [call.as_json() for call in _calls(request).all()]}


@router.delete("/requests")
async def clear_requests(request: Request) -> dict[str, object]:
    """Forgets the calls."""
    _calls(request).clear()
    return {"requests": []}


@router.get("/clock")
async def read_clock() -> dict[str, int]:
    """The server's time and how far it is from this machine's."""
    return {"now_ms": clock.now_ms(), "offset_ms": clock.offset_ms}


@router.put("/clock")
async def set_clock(hands: Hands) -> dict[str, int]:
    """Moves the server's clock; paces, periods and retention follow it."""
    clock.offset_ms = hands.offset_ms
    return {"now_ms": clock.now_ms(), "offset_ms": clock.offset_ms}


def _made(timestamp: int, n: int, labels: list[str]) -> Event:
    day = timestamp % 86_400_000 / 86_400_000 * math.tau
    swing = math.sin(day) + 0.1 * math.sin(day * 17 + n % len(labels))
    payload = {"temperature": round(21 + 4 * swing, 1), "humidity": round(55 - 9 * swing, 1)}
    return Event(timestamp, labels[n % len(labels)], dict(payload))


def _calls(request: Request) -> Calls:
    return cast("Calls", request.app.state.calls)


def _faults(request: Request) -> Faults:
    return cast("Faults", request.app.state.faults)
