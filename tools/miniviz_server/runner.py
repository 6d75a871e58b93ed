"""Starts the server: for a person, for a script, or in a thread beside its caller."""

from __future__ import annotations

import json
import logging
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import uvicorn
from fastapi import FastAPI

from miniviz_server import demo
from miniviz_server.app import create_app
from miniviz_server.connections import Protocol
from miniviz_server.image_store import ImageStore
from miniviz_server.listener import CannotServe, beyond_this_machine, listen, url_of
from miniviz_server.live import Hub
from miniviz_server.records import Project, StoredEvent
from miniviz_server.settings import Settings
from miniviz_server.store import Store

__all__ = ["CannotServe", "Running", "running", "serve"]

_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that accepts connections."""

    url: str
    projects: tuple[Project, ...]
    store: Store
    images: ImageStore

    def count(self, project_id: str) -> int:
        """How many events the project has stored."""
        return self.store.count(project_id)

    def events(self, project_id: str, limit: int = 1000) -> list[StoredEvent]:
        """The project's events, newest first."""
        return self.store.newest(project_id, limit)


def serve(
    *,
    database: Path | str,
    host: str = "127.0.0.1",
    port: int = 8000,
    json_line: bool = False,
    settings: Settings | None = None,
) -> None:
    """Serves until Ctrl-C. Raises CannotServe or DatabaseUnusable with one sentence for the user.

    With `json_line`, standard output gets exactly one line, when connections are accepted. The requests
    are not logged then: a script that never reads our stderr must not be able to block us.
    """
    listening = listen(host, port)
    try:
        app = create_app(database, settings or Settings(front_demo=False))
        _log_to_stderr(logging.WARNING if json_line else logging.INFO)
        store = cast("Store", app.state.store)
        server = Running(
            url_of(host, listening), _demo_projects(store), store, cast("ImageStore", app.state.images)
        )
        announce = _json_line if json_line else _welcome
        uvicorn_server = _Server(app, lambda: announce(server, store.where()))
        if beyond_this_machine(host):
            print(_OPEN, file=sys.stderr)
        uvicorn_server.run([listening])
    except KeyboardInterrupt:
        pass
    finally:
        listening.close()


@contextmanager
def running(
    *,
    database: Path | str | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    settings: Settings | None = None,
    listening_on: socket.socket | None = None,
) -> Generator[Running]:
    """A server in a thread for as long as the block runs; without a database, on one that is thrown away.

    `listening_on`, if given, is a listener to take over; it is closed in the end.
    """
    with (
        tempfile.TemporaryDirectory(prefix="miniviz-", ignore_cleanup_errors=True) as folder,
        listening_on or listen(host, port) as listening,
    ):
        path = Path(folder) / "miniviz.sqlite" if database is None else database
        app = create_app(path, settings)
        store = cast("Store", app.state.store)
        ready = threading.Event()
        server = _Server(app, ready.set)
        thread = threading.Thread(target=server.run, args=([listening],), name="miniviz-server", daemon=True)
        thread.start()
        try:
            if not ready.wait(_START_SECONDS):
                raise CannotServe(f"The server did not start within {_START_SECONDS:g} seconds.")
            yield Running(
                url_of(host, listening), _demo_projects(store), store, cast("ImageStore", app.state.images)
            )
        finally:
            server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    """uvicorn, which says when it is ready and does not wait for pages that watch for ever."""

    def __init__(self, app: FastAPI, ready: Callable[[], None]) -> None:
        # No access log: it prints the query string, and there stands the token.
        config = uvicorn.Config(
            app,
            http=Protocol,
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        super().__init__(config)
        self._hub = cast("Hub", app.state.hub)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.close()
        await super().shutdown(sockets)


def _log_to_stderr(level: int) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname).1s %(message)s")
    logging.getLogger("miniviz").setLevel(level)


def _demo_projects(store: Store) -> tuple[Project, ...]:
    # Only these are announced: a project that somebody made keeps its token on its own page.
    return tuple(found for one in demo.PROJECTS if (found := store.projects.get(one.id)))


def _json_line(server: Running, _database: str) -> None:
    projects = [{"id": p.id, "token": p.token, "plan": p.plan} for p in server.projects]
    print(json.dumps({"url": server.url, "projects": projects}), flush=True)


def _welcome(server: Running, database: str) -> None:
    print(f"\n  Miniviz is at {server.url}/  (Ctrl-C ends it)\n")
    for project in server.projects:
        print(f"  {project.name:12} project {project.id}  token {project.token}")
    print(f"  {'Database':12} {database}\n", flush=True)


_OPEN = (
    "Anyone on this network can open this server and register. What they send and see is theirs; the demo "
    "projects answer to this machine only. There is no encryption: on a network that you do not trust, put "
    "a TLS proxy in front."
)
