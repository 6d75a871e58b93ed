"""The image endpoint: what a camera posts is judged, verified by its content, stored and shown."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool

from miniviz_server import base64_text, body, image_verdict, picture
from miniviz_server.auth import SenderRoom
from miniviz_server.image_limits import IMAGE_BODY, IMAGE_LIMITS, IMAGE_SECONDS
from miniviz_server.image_store import ImageStore, TooFast
from miniviz_server.problem import Problem
from miniviz_server.settings import Settings

router = APIRouter()

_SCHEMA = {
    "type": "object",
    "required": ["timestamp", "label_key", "image_name", "image_base64"],
    "properties": {
        "timestamp": {"type": "integer", "example": 1717587812345},
        "label_key": {"type": "string", "minLength": 1, "maxLength": 128, "example": "camera_1"},
        "image_name": {"type": "string", "minLength": 1, "maxLength": 255, "example": "image.jpg"},
        "image_base64": {"type": "string", "maxLength": 204800, "contentEncoding": "base64"},
    },
}
_DOCUMENTED = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": _SCHEMA}}},
    "responses": {
        "201": {"description": "Stored"},
        **{
            str(status): {"description": "Refused"}
            for status in sorted(
                {400, 401, 403, 404, 408, 415, 422, 503} | {limit.status for limit in IMAGE_LIMITS}
            )
        },
    },
}


async def _images(request: Request) -> ImageStore:
    return cast("ImageStore", request.app.state.images)


async def _raw(request: Request) -> bytes:
    return await body.read_raw(request, IMAGE_BODY)


ImageStoreRoom = Annotated[ImageStore, Depends(_images)]
# The first of the endpoint's parameters, so that the body is read before anything is refused: a device in
# the middle of sending 200 KB would see a broken connection instead of the reason.
_BodyFirst = Annotated[bytes, Depends(_raw)]


@router.post("/api/project/{project_id}/image", status_code=201, openapi_extra=_DOCUMENTED)
async def receive(
    raw: _BodyFirst, project: SenderRoom, request: Request, images: ImageStoreRoom
) -> dict[str, int]:
    """Store one image."""
    if project.plan != "pro":
        message = "This project is on the free plan, which has no images; they come with the Pro plan."
        raise Problem(403, "plan_without_images", message)
    settings = cast("Settings", request.app.state.settings)
    sent = image_verdict.judge(_parse(raw), settings.image_limit)
    if seconds := images.wait(project.id, sent.label_key):
        raise _too_fast(sent.label_key, seconds)
    try:
        found = await run_in_threadpool(picture.examine, sent.data)
        stored = images.add(project.id, sent, found)
    except TooFast as error:
        raise _too_fast(sent.label_key, error.seconds) from None
    return {"id": stored.id}


def _parse(raw: bytes) -> object:
    try:
        return body.parse(raw)
    except Problem as problem:
        if "Invalid control character" in problem.message and b'"image_base64"' in raw:
            message = f"{problem.message} The base64 has line breaks in it: {base64_text.WRAPPED}."
            raise Problem(problem.status, problem.code, message, "image_base64") from None
        raise


def _too_fast(label: str, seconds: int) -> Problem:
    message = f"One image per {IMAGE_SECONDS.value} s and label: {label!r} may send again in {seconds} s."
    headers = {"Retry-After": str(seconds)}
    return Problem(IMAGE_SECONDS.status, IMAGE_SECONDS.code, message, "label_key", headers)
