"""The templates, and what each of them may ask for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from fastapi import Request
from fastapi.templating import Jinja2Templates
from markupsafe import Markup

from miniviz_server import access, demo
from miniviz_server.records import Project, Value
from miniviz_server.sessions import csrf_token, visitor
from miniviz_server.store import Store


def _everywhere(request: Request) -> dict[str, object]:
    """For every page. Functions, so that a page pays only for what it shows."""
    return {
        "visitor": visitor(request),
        "csrf_field": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(
            csrf_token(request)
        ),
        "my_projects": lambda: projects_of(request),
        "is_demo": access.is_demo,
        "local": access.local(request),
        "base": str(request.base_url).rstrip("/"),
        "here": request.url.path,
    }


def projects_of(request: Request) -> list[Project]:
    """The projects that this visitor may open, their own first."""
    store = cast("Store", request.app.state.store)
    account = visitor(request)
    own = [] if account is None else store.projects.of(account.id)
    return own + (
        [found for one in demo.PROJECTS if (found := store.projects.get(one.id))]
        if access.local(request)
        else []
    )


def cell(value: Value) -> str:
    """A value as it was sent: text as it is, a number as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value)


def iso(timestamp: int) -> str:
    """Milliseconds since 1970 as an ISO 8601 moment in UTC."""
    seconds, milliseconds = divmod(timestamp, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"


templates = Jinja2Templates(Path(__file__).parent / "templates", context_processors=[_everywhere])
templates.env.filters |= {"cell": cell, "iso": iso}
templates.env.trim_blocks = True
templates.env.lstrip_blocks = True
