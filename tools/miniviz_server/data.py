"""The data endpoint: what a device posts is judged, stored and shown."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, cast

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from miniviz_server import auth, body, verdict
from miniviz_server.arrivals import Arrivals
from miniviz_server.limits import LIMITS, PAYLOAD_KEYS
from miniviz_server.pace import Pace
from miniviz_server.rooms import any_project
from miniviz_server.store import Store

_EVENT_SCHEMA = {
    "type": "object",
    "required": ["timestamp", "label_key", "payload"],
    "properties": {
        "timestamp": {"type": "integer", "example": 1731129600000},
        "label_key": {"type": "string", "minLength": 1, "example": "raspberry_pi_home"},
        "payload": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": PAYLOAD_KEYS.value,
            "additionalProperties": {"type": ["string", "number"]},
            "example": {"temperature": 25, "humidity": 55, "switch": "true"},
        },
    },
}
_ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "field"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "field": {"type": ["string", "null"]},
            },
        }
    },
}
_STATUSES = sorted({400, 401, 404, 408, 415, 503} | {limit.status for limit in LIMITS})
_ID_SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
_DOCUMENTED = {
    "parameters": [
        {"name": "project_id", "in": "path", "required": True, "schema": {"type": "string"}},
    ],
    "requestBody": {"required": True, "content": {"application/json": {"schema": _EVENT_SCHEMA}}},
    "responses": {
        "201": {"description": "Stored", "content": {"application/json": {"schema": _ID_SCHEMA}}},
        **{
            str(status): {
                "description": "Refused",
                "content": {"application/json": {"schema": _ERROR_SCHEMA}},
            }
            for status in _STATUSES
        },
    },
}


class _Direct(APIRoute):
    """A route whose function takes the request as it is.

    The framework's own reading of parameters costs more than storing the reading does, and its reading of
    the body is unbounded and lets NaN and repeated keys pass.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The function itself; what it asks for stands in its documentation only."""
        return self.endpoint


router = APIRouter(route_class=_Direct)


@router.post("/api/project/{project_id}", status_code=201, openapi_extra=_DOCUMENTED)
async def receive(request: Request) -> Response:
    """Store one reading."""
    state = request.app.state
    project = any_project(request.path_params["project_id"], cast("Store", state.store))
    auth.check(project, request)
    event = verdict.judge(await body.read_json(request))
    pace = cast("Pace | None", state.pace)
    if pace is not None:
        pace.check(project, event.label_key)
    stored = await cast("Arrivals", state.arrivals).take(project.id, event)
    return Response(b'{"id":%d}' % stored.id, 201, media_type="application/json")
