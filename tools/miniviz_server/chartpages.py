"""Visualize: the page, its charts and their data."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from miniviz_server import body, chart, chartdata, heard
from miniviz_server.changes import SameSite
from miniviz_server.chart import Chart
from miniviz_server.chartcache import ChartCache
from miniviz_server.chartdata import Question
from miniviz_server.chartstore import ChartStore
from miniviz_server.dashboards import NAME, Dashboard, Dashboards
from miniviz_server.form import Form
from miniviz_server.numeric import now_ms, number
from miniviz_server.pictures import Pictures
from miniviz_server.problem import Problem
from miniviz_server.records import Project
from miniviz_server.rooms import ProjectRoom, StoreRoom
from miniviz_server.store import Store
from miniviz_server.templating import templates

router = APIRouter(prefix="/projects/{project_id}", include_in_schema=False)

TABLE_ROWS = 50
MOST_PICTURES = 200
# How many of a label's events may lack a metric before it counts as gone.
_LOOK_BACK = 50
_HALF_DAY = 14 * 60
# A device's clock may be ahead of this one; its newest reading belongs into the chart all the same.
_AHEAD = 5 * chart.MINUTE

_Moment = Annotated[int | None, Query(ge=0, le=253_402_300_799_999)]


async def _charts(request: Request) -> ChartStore:
    return cast("ChartStore", request.app.state.charts)


async def _pictures(request: Request) -> Pictures:
    return cast("Pictures", request.app.state.pictures)


async def _dashboards(request: Request) -> Dashboards:
    return cast("Dashboards", request.app.state.dashboards)


DashboardsRoom = Annotated[Dashboards, Depends(_dashboards)]


async def _asked(
    project: ProjectRoom, known: DashboardsRoom, dashboard: Annotated[str, Query(max_length=100)] = ""
) -> Dashboard:
    if "\0" in dashboard:
        raise Problem(404, "unknown_dashboard", "This project has no such dashboard.", "dashboard")
    return known.get(project.id, dashboard)


async def _named(project: ProjectRoom, known: DashboardsRoom, dashboard_id: str) -> Dashboard:
    return known.get(project.id, dashboard_id)


# The one in the query string, and the one in the path.
AskedRoom = Annotated[Dashboard, Depends(_asked)]
NamedRoom = Annotated[Dashboard, Depends(_named)]
ChartsRoom = Annotated[ChartStore, Depends(_charts)]
PicturesRoom = Annotated[Pictures, Depends(_pictures)]


async def _chart(project: ProjectRoom, chart_id: str, charts: ChartsRoom) -> Chart:
    found = charts.get(project.id, chart_id)
    if found is None:
        raise Problem(404, "unknown_chart", "This project has no chart with this id.", "chart_id")
    return found


ChartRoom = Annotated[Chart, Depends(_chart)]


@router.get("/visualize")
def page(project: ProjectRoom, request: Request, known: DashboardsRoom, shown: AskedRoom) -> Response:
    """A dashboard; its script draws the charts."""
    context = {"project": project, "dashboards": known.all(project.id), "shown": shown, "longest": NAME}
    return templates.TemplateResponse(request, "visualize.html", context)


@router.post("/dashboards", status_code=201, dependencies=[SameSite])
async def add(project: ProjectRoom, request: Request, known: DashboardsRoom) -> Response:
    """A new dashboard."""
    made = known.create(project.id, Form(await body.read_json(request)).text("name", 1, NAME))
    return JSONResponse({"id": made.id, "name": made.name}, status_code=201)


@router.put("/dashboards/{dashboard_id}", dependencies=[SameSite])
async def rename(project: ProjectRoom, found: NamedRoom, request: Request, known: DashboardsRoom) -> Response:
    """The dashboard gets another name."""
    name = Form(await body.read_json(request)).text("name", 1, NAME)
    renamed = known.rename(project.id, found, name)
    return JSONResponse({"id": renamed.id, "name": renamed.name})


@router.delete("/dashboards/{dashboard_id}", status_code=204, dependencies=[SameSite])
async def drop(project: ProjectRoom, found: NamedRoom, known: DashboardsRoom) -> Response:
    """The dashboard goes with its charts; the events stay."""
    known.delete(project.id, found)
    return Response(status_code=204)


@router.get("/charts")
def everything(project: ProjectRoom, store: StoreRoom, charts: ChartsRoom, shown: AskedRoom) -> Response:
    """The dashboard's charts, and what a new one could show."""
    with store.reading() as connection:
        known = heard.metrics(connection, project.id)
    return JSONResponse(
        {
            "charts": [one.as_json() for one in charts.all(project.id, shown)],
            "labels": sorted({one.label_key for one in known}),
            "metrics": sorted({one.metric for one in known}),
        }
    )


@router.post("/charts", status_code=201, dependencies=[SameSite])
async def create(project: ProjectRoom, request: Request, charts: ChartsRoom, shown: AskedRoom) -> Response:
    """A new chart."""
    made = charts.create(project.id, chart.check(await body.read_json(request)), shown)
    return JSONResponse(made.as_json(), status_code=201)


@router.put("/charts/order", dependencies=[SameSite])
async def arrange(project: ProjectRoom, request: Request, charts: ChartsRoom) -> Response:
    """The charts in another order."""
    order = Form(await body.read_json(request)).texts("order", 1000, 100)
    charts.arrange(project.id, order)
    return JSONResponse({"order": [one.id for one in charts.all(project.id)]})


@router.put("/charts/{chart_id}", dependencies=[SameSite])
async def change(found: ChartRoom, request: Request, charts: ChartsRoom) -> Response:
    """The chart as the editor has it now."""
    changed = Chart(found.id, chart.check(await body.read_json(request)))
    charts.change(changed)
    return JSONResponse(changed.as_json())


@router.delete("/charts/{chart_id}", status_code=204, dependencies=[SameSite])
async def delete(found: ChartRoom, charts: ChartsRoom) -> Response:
    """The chart goes; the events stay."""
    charts.delete(found)
    return Response(status_code=204)


@router.get("/charts/{chart_id}/data")
def data(
    project: ProjectRoom,
    found: ChartRoom,
    store: StoreRoom,
    charts: ChartsRoom,
    pictures: PicturesRoom,
    width: Annotated[int, Query(ge=1, le=10_000)] = 600,
    start: _Moment = None,
    end: _Moment = None,
    ahead: Annotated[int, Query(ge=-_HALF_DAY, le=_HALF_DAY)] = 0,
) -> Response:
    """What the chart shows: of its own range, or of the one that the viewer zoomed to."""
    settings = found.settings
    with store.reading() as connection:
        lower, upper = _span(connection, project.id, settings, start, end)
    answer: dict[str, Any] = {"start": lower, "end": upper}
    if settings.type == "image":
        shown = pictures.newest(project.id, settings.labels, lower, upper, MOST_PICTURES)
        answer["pictures"] = [picture._asdict() for picture in shown]
    elif settings.type == "table":
        answer["rows"] = _rows(store, project, settings)
    else:
        answer |= _lines(store, charts.kept, project, settings, lower, upper, width, ahead)
    return JSONResponse(answer)


def _span(
    connection: Any, project_id: str, settings: chart.Settings, start: int | None, end: int | None
) -> tuple[int, int]:
    if start is not None and end is not None and start < end:
        return start, end
    upper = now_ms() + _AHEAD
    length = chart.RANGES[settings.range]
    if length:
        return upper - _AHEAD - length, upper
    first = chartdata.first_timestamp(connection, project_id)
    return (upper - chart.DAY if first is None else min(first, upper - chart.MINUTE)), upper


def _lines(
    store: Store,
    kept: ChartCache,
    project: Project,
    settings: chart.Settings,
    lower: int,
    upper: int,
    width: int,
    ahead: int,
) -> dict[str, Any]:
    aggregate = settings.aggregate
    bucket = chartdata.bucket_for(upper - lower, width, settings.interval)
    with store.snapshot() as connection:
        known = heard.metrics(connection, project.id)
        texts = frozenset(one.metric for one in known if one.has_text)
        question = Question(
            project.id, settings.labels, settings.metrics, lower, upper, aggregate, bucket, ahead, texts
        )
        found, left_out = kept.lines(connection, question)
    return {
        "bucket": None if aggregate == "raw" else bucket,
        "left_out": left_out,
        "lines": [{"label": line.label_key, "metric": line.metric, "points": line.points} for line in found],
        "latest": _latest(store, project, settings) if settings.type in ("number", "gauge") else [],
    }


def _latest(store: Store, project: Project, settings: chart.Settings) -> list[dict[str, Any]]:
    """The newest value of each metric and label: what a number and a gauge show."""
    found: list[dict[str, Any]] = []
    labels = settings.labels or store.labels(project.id)
    for label in labels[: chart.MOST_LABELS]:
        missing = set(settings.metrics)
        for event in store.newest_of(project.id, [label], _LOOK_BACK):
            for metric in sorted(missing & event.payload.keys()):
                value = number(event.payload[metric])
                if value is not None:
                    missing.discard(metric)
                    moment = event.timestamp
                    found.append({"label": label, "metric": metric, "timestamp": moment, "value": value})
            if not missing:
                break
    return found


def _rows(store: Store, project: Project, settings: chart.Settings) -> list[dict[str, Any]]:
    """The newest events of the labels, with the chosen metrics or all."""
    found = store.newest_of(project.id, settings.labels, TABLE_ROWS)
    wanted = settings.metrics
    return [
        {
            "timestamp": event.timestamp,
            "label_key": event.label_key,
            "payload": {k: v for k, v in event.payload.items() if not wanted or k in wanted},
        }
        for event in found
    ]
