"""The images of a project for a browser: a page of thumbnails, a preview, the newest few, the files."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from miniviz_server.image import ImageStoreRoom
from miniviz_server.problem import Problem
from miniviz_server.rooms import ProjectRoom
from miniviz_server.store import Cursor
from miniviz_server.templating import templates

router = APIRouter(include_in_schema=False)

_PAGE = 48
_STRIP = 6
_Number = Annotated[int | None, Query(ge=0, le=2**63 - 1)]
_BYTES = {
    # The content behind an id never changes, and the id of a deleted image is never given again.
    "Cache-Control": "private, max-age=86400, immutable",
    # A device chose these bytes: opened by themselves, they may do nothing. Browsers style the page around.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    ),
}


@router.get("/projects/{project_id}/images")
def page(
    project: ProjectRoom,
    request: Request,
    images: ImageStoreRoom,
    before: _Number = None,
    image: _Number = None,
) -> Response:
    """Thumbnails, newest first."""
    cursor = None if before is None or image is None else Cursor(before, image)
    found = images.newest(project.id, _PAGE + 1, cursor)
    context = {
        "project": project,
        "images": found[:_PAGE],
        "total": images.count(project.id),
        "disk_use": images.disk_use(project.id),
        "older": found[_PAGE - 1] if len(found) > _PAGE else None,
    }
    return templates.TemplateResponse(request, "images.html", context)


@router.get("/projects/{project_id}/images/strip")
def strip(project: ProjectRoom, request: Request, images: ImageStoreRoom) -> Response:
    """The newest few, for a page that is open already."""
    context = {"project": project, "images": images.newest(project.id, _STRIP)}
    return templates.TemplateResponse(request, "image_strip.html", context)


@router.get("/projects/{project_id}/images/{image_id}")
def preview(project: ProjectRoom, image_id: int, request: Request, images: ImageStoreRoom) -> Response:
    """One image with what is known of it."""
    found = images.get(project.id, image_id)
    if found is None:
        raise _gone()
    return templates.TemplateResponse(request, "image.html", {"project": project, "image": found})


@router.get("/projects/{project_id}/images/{image_id}/file")
def file(project: ProjectRoom, image_id: int, images: ImageStoreRoom) -> Response:
    """The image as it was sent."""
    found = images.get(project.id, image_id)
    content = images.content(project.id, image_id) if found else None
    if found is None or content is None:
        raise _gone()
    name = re.sub(r"[^A-Za-z0-9._-]", "-", found.name)
    headers = {**_BYTES, "Content-Disposition": f'inline; filename="{name}"'}
    return Response(content[1], media_type=content[0], headers=headers)


@router.get("/projects/{project_id}/images/{image_id}/thumbnail")
def thumbnail(project: ProjectRoom, image_id: int, images: ImageStoreRoom) -> Response:
    """The image made small."""
    content = images.content(project.id, image_id, small=True)
    if content is None:
        raise _gone()
    return Response(content[1], media_type=content[0], headers=_BYTES)


def _gone() -> Problem:
    return Problem(404, "no_image", "There is no such image; images are kept for 30 days.")
