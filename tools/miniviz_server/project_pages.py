"""Projects: the list, a new one, and one project's settings."""

from __future__ import annotations

import secrets
import uuid

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from miniviz_server.access import is_demo
from miniviz_server.account_pages import AccountRoom
from miniviz_server.guard import FormRoom
from miniviz_server.limits import LIMITS
from miniviz_server.problem import Problem
from miniviz_server.records import Plan, Project
from miniviz_server.rooms import ProjectRoom, StoreRoom
from miniviz_server.snippets import snippets
from miniviz_server.templating import projects_of, templates

LONGEST_NAME = 60
MOST_PROJECTS = 200

router = APIRouter(include_in_schema=False)


@router.get("/projects")
def listed(request: Request, account: AccountRoom) -> Response:
    """Every project of this account."""
    return templates.TemplateResponse(request, "projects.html", {"projects": projects_of(request)})


@router.post("/projects")
def create(request: Request, account: AccountRoom, store: StoreRoom, form: FormRoom) -> Response:
    """A new project, with an id and a token that nobody can guess."""
    try:
        name = _name(form.text("name"))
        plan = _plan(form.text("plan") or "pro")
        if len(store.projects.of(account.id)) >= MOST_PROJECTS:
            raise ValueError(f"There are {MOST_PROJECTS} projects already; delete one first.")
    except ValueError as error:
        context = {"projects": projects_of(request), "trouble": str(error)}
        return templates.TemplateResponse(request, "projects.html", context, status_code=422)
    project = Project(str(uuid.uuid4()), new_token(), name, plan, account.id)
    store.projects.add(project)
    return RedirectResponse(f"/projects/{project.id}/connect", status_code=303)


@router.get("/projects/{project_id}/connect")
def connect(project: ProjectRoom, request: Request) -> Response:
    """How a device sends to this project, ready to paste, and the limits that it has to keep."""
    base = str(request.base_url).rstrip("/")
    context = {"project": project, "snippets": snippets(project, base), "limits": LIMITS}
    return templates.TemplateResponse(request, "connect.html", context)


@router.get("/projects/{project_id}/settings")
def settings(project: ProjectRoom, request: Request) -> Response:
    """Name, plan, token, and the end of the project."""
    return templates.TemplateResponse(request, "settings.html", {"project": project})


@router.post("/projects/{project_id}/settings")
def change(project: ProjectRoom, request: Request, store: StoreRoom, form: FormRoom) -> Response:
    """Another name or plan."""
    _own(project)
    try:
        changes = {"name": _name(form.text("name")), "plan": _plan(form.text("plan"))}
    except ValueError as error:
        return _refused(request, project, str(error))
    store.projects.change(project.id, **changes)
    return _settings(project)


@router.post("/projects/{project_id}/rotate")
def rotate(project: ProjectRoom, store: StoreRoom) -> Response:
    """Another token; the old one is refused from now on."""
    _own(project)
    store.projects.change(project.id, token=new_token())
    return _settings(project)


@router.post("/projects/{project_id}/delete")
def delete(project: ProjectRoom, request: Request, store: StoreRoom, form: FormRoom) -> Response:
    """Deletes the project, for one who typed its name."""
    _own(project)
    if form.text("confirmation").strip() != project.name:
        return _refused(
            request, project, f"Nothing was deleted: type the project's name, {project.name}, to confirm."
        )
    store.projects.delete(project.id)
    return RedirectResponse("/projects", status_code=303)


def new_token() -> str:
    """192 random bits, without a character that a URL or a shell would bend."""
    return secrets.token_hex(24)


def _own(project: Project) -> None:
    if is_demo(project):
        message = "The demo project stays as it is documented; make a project of your own to change it."
        raise Problem(403, "demo_is_fixed", message)


def _settings(project: Project) -> Response:
    return RedirectResponse(f"/projects/{project.id}/settings", status_code=303)


def _refused(request: Request, project: Project, trouble: str) -> Response:
    context = {"project": project, "trouble": trouble}
    return templates.TemplateResponse(request, "settings.html", context, status_code=422)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise ValueError("A project needs a name, in one line.")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"The name has {len(name)} characters, the limit is {LONGEST_NAME}.")
    return name


def _plan(text: str) -> Plan:
    if text == "pro":
        return "pro"
    if text == "free":
        return "free"
    raise ValueError("The plan is pro or free.")
