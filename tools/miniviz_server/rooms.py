"""What an endpoint may ask the application for: the store, the live hub, the project in the URL."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from miniviz_server.live import Hub
from miniviz_server.problem import Problem
from miniviz_server.records import Project
from miniviz_server.store import Store


async def _store(request: Request) -> Store:
    return cast("Store", request.app.state.store)


async def _hub(request: Request) -> Hub:
    return cast("Hub", request.app.state.hub)


StoreRoom = Annotated[Store, Depends(_store)]
HubRoom = Annotated[Hub, Depends(_hub)]


async def _project(project_id: str, store: StoreRoom) -> Project:
    project = store.project(project_id)
    if project is None:
        message = "There is no project with this id; copy the id from the project's page."
        raise Problem(404, "unknown_project", message, "project_id")
    return project


ProjectRoom = Annotated[Project, Depends(_project)]
