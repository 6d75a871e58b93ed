"""What a project's devices asked and what they were told."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import Response

from miniviz_server.calls import Calls
from miniviz_server.rooms import ProjectRoom
from miniviz_server.templating import templates

router = APIRouter(prefix="/projects/{project_id}/requests", include_in_schema=False)


@router.get("")
async def page(project: ProjectRoom, request: Request) -> Response:
    """The page."""
    return _answer(project.id, request, "requests.html", {"project": project})


@router.get("/rows")
async def rows(project: ProjectRoom, request: Request) -> Response:
    """The calls alone, for a page that is open already."""
    return _answer(project.id, request, "calls.html", {"project": project})


def _answer(project_id: str, request: Request, template: str, context: dict[str, object]) -> Response:
    calls = cast("Calls", request.app.state.calls).of(project_id)
    return templates.TemplateResponse(request, template, context | {"calls": calls})
