"""What a browser sees: one page per project, and the pieces that keep it live."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.sse import EventSourceResponse

from miniviz_server.live import as_json
from miniviz_server.records import Project, StoredEvent
from miniviz_server.rooms import HubRoom, ProjectRoom, StoreRoom
from miniviz_server.store import Cursor, Store
from miniviz_server.templating import templates

ROWS = 50
CHART_EVENTS = 1000

router = APIRouter(include_in_schema=False)

# SQLite's integers end here; a larger number in a URL must not reach it.
_Number = Annotated[int | None, Query(ge=0, le=2**63 - 1)]


@router.get("/projects/{project_id}")
def page(
    project: ProjectRoom, request: Request, store: StoreRoom, before: _Number = None, event: _Number = None
) -> Response:
    """Visualize and Database of one project."""
    context = _table(project, store, _cursor(before, event))
    return templates.TemplateResponse(request, "project.html", context)


@router.get("/projects/{project_id}/table")
def table(project: ProjectRoom, request: Request, store: StoreRoom, seen: _Number = None) -> Response:
    """The newest rows alone, for a page that is open already and has those up to the id `seen`."""
    context = _table(project, store, None) | {"seen": seen}
    return templates.TemplateResponse(request, "table.html", context)


@router.get("/projects/{project_id}/events")
def newest(project: ProjectRoom, store: StoreRoom) -> Response:
    """The newest events as JSON, oldest first, for the chart."""
    found = store.newest(project.id, CHART_EVENTS)
    return JSONResponse({"events": [as_json(event) for event in reversed(found)]})


@router.get("/projects/{project_id}/live")
async def live(project: ProjectRoom, hub: HubRoom) -> Response:
    """Every event as it is stored."""
    # Written by the hub: the framework's own writer passes each event through three queues.
    return EventSourceResponse(hub.stream(project.id), headers={"X-Accel-Buffering": "no"})


def missing(request: Request, status: int, message: str) -> HTMLResponse:
    """The page that stands in for one that cannot be shown."""
    context = {"status": status, "message": message}
    return templates.TemplateResponse(request, "missing.html", context, status_code=status)


def _cursor(before: int | None, event: int | None) -> Cursor | None:
    return None if before is None or event is None else Cursor(before, event)


def _table(project: Project, store: Store, cursor: Cursor | None) -> dict[str, object]:
    rows = store.newest(project.id, ROWS + 1, cursor)
    shown = rows[:ROWS]
    return {
        "project": project,
        "rows": shown,
        "columns": columns(shown),
        "total": store.count(project.id),
        "older": shown[-1] if len(rows) > ROWS else None,
        "newest": cursor is None,
        "seen": None,
    }


def columns(rows: list[StoredEvent]) -> list[str]:
    """The metrics of these rows; read from the oldest on, so that a new metric gets the last column."""
    return list(dict.fromkeys(key for row in reversed(rows) for key in row.payload))
