"""Puts the rooms together."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import DatabaseError
from starlette.exceptions import HTTPException

from miniviz_server import (
    account_pages,
    chartpages,
    data,
    database_pages,
    demo,
    firmware,
    image,
    image_pages,
    pages,
    project_pages,
    request_pages,
    rulepages,
)
from miniviz_server.accounts import Accounts
from miniviz_server.arrivals import Arrivals
from miniviz_server.calls import CallRecorder, Calls
from miniviz_server.channels import Channels
from miniviz_server.chartstore import ChartStore
from miniviz_server.clock import clock
from miniviz_server.clockwork import Clockwork
from miniviz_server.dashboards import Dashboards
from miniviz_server.guard import guard
from miniviz_server.headers import SecurityHeaders
from miniviz_server.image_store import ImageStore
from miniviz_server.judge import Judge
from miniviz_server.live import Hub
from miniviz_server.outgoing import Outgoing
from miniviz_server.pace import Pace
from miniviz_server.pictures import StoredPictures
from miniviz_server.problem import Problem
from miniviz_server.relay import Relay
from miniviz_server.requestlog import RequestLog
from miniviz_server.rulestore import RuleStore
from miniviz_server.sessions import Sessions
from miniviz_server.settings import Settings
from miniviz_server.store import Store


def create_app(database: Path | str, settings: Settings | None = None) -> FastAPI:
    """The whole server on a SQLite file or PostgreSQL address; raises DatabaseUnusable if it will not do."""
    settings = settings or Settings()
    store = Store(database, seed=demo.PROJECTS)
    hub = Hub()
    rules, outgoing = RuleStore(store), Outgoing(store)
    channels = Channels(settings.allow_private_webhooks)
    judge = Judge(store, rules)
    clockwork = Clockwork(store, judge, outgoing, channels, settings.keep_days)
    relay = Relay(store, hub)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        clockwork.start()
        relay.start()
        yield
        relay.stop()
        clockwork.stop()
        store.close()
        clock.offset_ms = 0  # the process has one clock: a lab must not leave it wrong for the next server

    # FastAPI's /docs loads its scripts from a CDN; /openapi.json says the same in a closed network.
    app = FastAPI(
        title="Miniviz, local",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        dependencies=[Depends(guard)],
    )
    app.state.settings = settings
    app.state.accounts = Accounts(store)
    app.state.pace = Pace() if app.state.settings.strict_pace else None
    app.state.calls = Calls()
    app.state.store = store
    app.state.images = ImageStore(store)
    app.state.hub = hub
    app.state.arrivals = Arrivals(store, hub, relay, judge, clockwork)
    app.state.rule_desk = rulepages.Desk(rules, outgoing, channels)
    app.state.charts = ChartStore(store)
    app.state.dashboards = Dashboards(store)
    app.state.pictures = StoredPictures(app.state.images)
    app.include_router(data.router)
    app.include_router(image.router)
    app.include_router(image_pages.router)
    app.include_router(account_pages.router)
    app.include_router(project_pages.router)
    app.include_router(pages.router)
    app.include_router(database_pages.router)
    app.include_router(request_pages.router)
    app.include_router(chartpages.router)
    app.include_router(rulepages.router)
    app.include_router(firmware.router)
    if app.state.settings.lab:
        _open_lab(app)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    app.add_middleware(CallRecorder, calls=app.state.calls)
    app.add_middleware(Sessions, key=store.key("session"))
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestLog)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(DatabaseError, _unavailable)
    return app


def _open_lab(app: FastAPI) -> None:
    # Without --lab nobody needs its forms, and a start need not wait until they are built.
    from miniviz_server import lab
    from miniviz_server.faults import FaultInjector, Faults

    app.state.faults = Faults()
    app.include_router(lab.router)
    app.add_middleware(FaultInjector, faults=app.state.faults)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _answer(request, error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = {
        404: "There is nothing at this address.",
        405: f"{request.method} is not answered here; data is sent with POST to /api/project/PROJECT_ID.",
    }.get(error.status_code, str(error.detail))
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    headers = dict(error.headers) if error.headers else None
    return _answer(request, Problem(error.status_code, code, message, None, headers))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = str(first["loc"][-1])
    return _answer(request, Problem(422, "wrong_parameter", f"{field}: {first['msg']}.", field))


async def _unavailable(request: Request, error: Exception) -> Response:
    assert isinstance(error, DatabaseError)
    message = f"The database cannot take this now ({error.orig}); nothing was stored, try again."
    return _answer(request, Problem(503, "database_unavailable", message, None, {"Retry-After": "5"}))


def _answer(request: Request, problem: Problem) -> Response:
    """A page for a browser that opens an address, JSON for everything else."""
    browser = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api")
    if browser:
        return pages.missing(request, problem.status, problem.message)
    return problem.response()
