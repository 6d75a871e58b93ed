"""Step 4, Database: the table, its filter, the export and the end of events."""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from miniviz_server import export_csv
from miniviz_server.beside import beside
from miniviz_server.filters import PERIODS, Filter, FilterRoom
from miniviz_server.guard import FormRoom
from miniviz_server.image import ImageStoreRoom
from miniviz_server.image_store import ImageStore
from miniviz_server.pages import columns
from miniviz_server.problem import Problem
from miniviz_server.records import Project, StoredEvent
from miniviz_server.rooms import ProjectRoom, StoreRoom
from miniviz_server.selection import COUNTED, Place, Selection, place_of
from miniviz_server.store import Store
from miniviz_server.templating import templates

ROWS = 50
_WORD = "delete"

router = APIRouter(prefix="/projects/{project_id}/database", include_in_schema=False)

# SQLite's integers end here; a larger number in a URL must not reach it.
_Number = Annotated[int | None, Query(ge=0, le=2**63 - 1)]


class _Table(NamedTuple):
    rows: list[StoredEvent]
    columns: list[str]
    more: str
    total: int
    elsewhere: bool


@router.get("")
def page(
    project: ProjectRoom,
    request: Request,
    store: StoreRoom,
    images: ImageStoreRoom,
    wanted: FilterRoom,
    at: _Number = None,
    event: _Number = None,
    at_label: str = "",
) -> Response:
    """The page."""
    context = _context(project, store, images, wanted, _place(at, event, at_label))
    return templates.TemplateResponse(request, "database.html", context)


@router.get("/rows")
def rows(
    project: ProjectRoom,
    request: Request,
    store: StoreRoom,
    images: ImageStoreRoom,
    wanted: FilterRoom,
    seen: _Number = None,
) -> Response:
    """The first rows alone, for a page that is open already and has those up to the id `seen`."""
    context = _context(project, store, images, wanted, None) | {"seen": seen}
    return templates.TemplateResponse(request, "rows.html", context)


@router.get("/export.csv")
def export(project: ProjectRoom, store: StoreRoom, wanted: FilterRoom) -> Response:
    """All events of the filter, streamed."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", project.name).strip("-") or "project"
    return StreamingResponse(
        export_csv.rows(store, project.id, wanted),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="miniviz-{name}.csv"'},
    )


@router.post("/delete")
def delete(project: ProjectRoom, store: StoreRoom, wanted: FilterRoom, form: FormRoom) -> Response:
    """Deletes the rows that were ticked."""
    ids = [int(text) for text in form.all("event") if text.isdecimal() and len(text) < 19]
    store.delete_events(project.id, ids)
    return _back(project, wanted)


@router.get("/delete-all")
def confirm(project: ProjectRoom, request: Request, store: StoreRoom, wanted: FilterRoom) -> Response:
    """Asks before everything in the filter goes."""
    selection = Selection(store, project.id, wanted)
    context: dict[str, object] = {"project": project, "wanted": wanted, "word": _WORD, "periods": PERIODS}
    context |= {"total": selection.count(), "counted": COUNTED, "up_to": selection.newest_id()}
    return templates.TemplateResponse(request, "delete.html", context)


@router.post("/delete-all")
def delete_all(project: ProjectRoom, store: StoreRoom, wanted: FilterRoom, form: FormRoom) -> Response:
    """Deletes everything in the filter that was there when the question was asked."""
    up_to = form.text("up_to")
    if form.text("confirmation").strip().lower() != _WORD or not up_to.isdecimal() or len(up_to) > 18:
        message = f"Nothing was deleted: go back and type the word {_WORD} to confirm."
        raise Problem(422, "not_confirmed", message, "confirmation")
    Selection(store, project.id, wanted).delete(int(up_to))
    return _back(project, wanted)


def _context(
    project: Project, store: Store, images: ImageStore, wanted: Filter, place: Place | None
) -> dict[str, object]:
    catalogue = store.catalogue(project.id)
    table = _table(project, store, wanted, place)
    return {
        "project": project,
        "wanted": wanted,
        "labels": list(dict.fromkeys(one.label_key for one in catalogue)),
        "metrics": sorted({one.metric for one in catalogue}),
        "periods": PERIODS,
        "path": f"/projects/{project.id}/database",
        "first": place is None,
        "seen": None,
        "counted": COUNTED,
        "table": table,
        "images": beside(images, project.id, table.rows),
    }


def _table(project: Project, store: Store, wanted: Filter, place: Place | None) -> _Table:
    selection = Selection(store, project.id, wanted)
    found = selection.page(ROWS + 1, place)
    shown = found[:ROWS]
    total = selection.count() if found or place else 0
    more = wanted.query(**_key(shown[-1])) if len(found) > ROWS else ""
    oldest_first = wanted.order in ("oldest", "label")
    metrics = columns(list(reversed(shown)) if oldest_first else shown)
    return _Table(shown, metrics, more, total, not found and bool(store.newest(project.id, 1)))


def _key(row: StoredEvent) -> dict[str, object]:
    place = place_of(row)
    return {"at": place.timestamp, "event": place.id, "at_label": place.label_key}


def _place(at: int | None, event: int | None, label: str) -> Place | None:
    return None if at is None or event is None or "\0" in label else Place(at, event, label)


def _back(project: Project, wanted: Filter) -> Response:
    return RedirectResponse(f"/projects/{project.id}/database?{wanted.query()}", status_code=303)
