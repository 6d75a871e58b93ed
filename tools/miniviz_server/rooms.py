"""What an endpoint may ask the application for: the store, the live hub, the project in the URL."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from miniviz_server.access import may_open
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


def any_project(project_id: str, store: Store) -> Project:
    """The project with this id, whoever owns it; raises Problem 404."""
    project = store.projects.recent(project_id)
    if project is None:
        message = "There is no project with this id; copy the id from the project's page."
        raise Problem(404, "unknown_project", message, "project_id")
    return project


async def _any_project(project_id: str, store: StoreRoom) -> Project:
    return any_project(project_id, store)


async def _project(project_id: str, store: StoreRoom, request: Request) -> Project:
    project = store.projects.get(project_id)
    # One answer for both: it must not tell whether somebody else has a project with this id.
    if project is None or not may_open(request, project):
        message = "There is no project with this id that you may open; log in with the account that owns it."
        raise Problem(404, "unknown_project", message, "project_id")
    return project


# For the device's endpoints, which ask for a token: whoever owns it.
AnyProjectRoom = Annotated[Project, Depends(_any_project)]
# For people: a project that the visitor may open. Every page of a project asks for this one.
ProjectRoom = Annotated[Project, Depends(_project)]
