"""Rules: the page and what its buttons ask for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from miniviz_server import alert, body, heard, outgoing, rule
from miniviz_server.changes import SameSite
from miniviz_server.channels import Channels, NotSent, mask
from miniviz_server.form import Form
from miniviz_server.outgoing import Outgoing
from miniviz_server.problem import Problem
from miniviz_server.rooms import ProjectRoom, StoreRoom
from miniviz_server.rule import Rule
from miniviz_server.rulestore import FIRED, PENDING, RuleStore
from miniviz_server.templating import templates

router = APIRouter(prefix="/projects/{project_id}/rules", include_in_schema=False)


class Desk:
    """What these endpoints work with."""

    def __init__(self, rules: RuleStore, outgoing: Outgoing, channels: Channels) -> None:
        self.rules = rules
        self.outgoing = outgoing
        self.channels = channels


async def _desk(request: Request) -> Desk:
    return cast("Desk", request.app.state.rule_desk)


DeskRoom = Annotated[Desk, Depends(_desk)]


async def _rule(project: ProjectRoom, rule_id: str, desk: DeskRoom) -> Rule:
    found = desk.rules.get(project.id, rule_id)
    if found is None:
        raise Problem(404, "unknown_rule", "This project has no rule with this id.", "rule_id")
    return found


RuleRoom = Annotated[Rule, Depends(_rule)]


@router.get("")
def page(project: ProjectRoom, request: Request) -> Response:
    """The list, the form and the log; its script fills them."""
    return templates.TemplateResponse(request, "rules.html", {"project": project})


@router.get("/data")
def data(project: ProjectRoom, store: StoreRoom, desk: DeskRoom) -> Response:
    """Everything that the page shows."""
    rules = desk.rules.all(project.id)
    states = desk.rules.states([one.id for one in rules])
    with store.reading() as connection:
        known = heard.metrics(connection, project.id)
    return JSONResponse(
        {
            "rules": [_shown(one) | {"active": _active(one.id, states)} for one in rules],
            "deliveries": desk.outgoing.log(project.id),
            "labels": sorted({one.label_key for one in known}),
            "metrics": sorted({one.metric for one in known}),
        }
    )


@router.post("", status_code=201, dependencies=[SameSite])
async def create(project: ProjectRoom, request: Request, desk: DeskRoom) -> Response:
    """A new rule."""
    document = await body.read_json(request)
    settings = rule.check(document)
    target = await _target(desk, settings.channel, document, None)
    made = desk.rules.create(project.id, settings, target, _enabled(document))
    return JSONResponse(_shown(made), status_code=201)


@router.put("/{rule_id}", dependencies=[SameSite])
async def change(found: RuleRoom, request: Request, desk: DeskRoom) -> Response:
    """The rule as the form has it now; an address that is left empty stays."""
    document = await body.read_json(request)
    settings = rule.check(document)
    target = await _target(desk, settings.channel, document, found)
    changed = replace(found, settings=settings, target=target, enabled=_enabled(document))
    desk.rules.change(changed)
    return JSONResponse(_shown(changed))


@router.delete("/{rule_id}", status_code=204, dependencies=[SameSite])
async def delete(found: RuleRoom, desk: DeskRoom) -> Response:
    """The rule goes; the log stays."""
    desk.rules.delete(found)
    return Response(status_code=204)


@router.post("/test", dependencies=[SameSite])
async def test(project: ProjectRoom, request: Request, desk: DeskRoom) -> Response:
    """Test Notification: sends what the form describes, saved or not, and says how it went."""
    document = await body.read_json(request)
    settings = rule.check(document)
    known = Form(document).text("id", 0, 100, "")
    before = desk.rules.get(project.id, known) if known else None
    target = await _target(desk, settings.channel, document, before)
    tried = Rule(known, project.id, True, settings, target, 0)
    message = alert.message(tried, alert.TEST, alert.example(tried))
    error = await asyncio.to_thread(_send, desk.channels, tried, message)
    desk.outgoing.note(outgoing.new(tried, alert.TEST, message), error)
    return JSONResponse({"sent": not error, "message": error or "The test notification was sent."})


async def _target(desk: Desk, channel: str, document: object, before: Rule | None) -> str:
    given = Form(document).text("target", 0, 2000, "")
    if not given and before is not None and before.settings.channel == channel:
        return before.target
    # Apprise loads for most of a second.
    return await asyncio.to_thread(desk.channels.check, channel, given)


def _send(channels: Channels, tried: Rule, message: dict[str, Any]) -> str:
    try:
        channels.send(tried.settings.channel, tried.target, message)
    except NotSent as failure:
        return str(failure)
    return ""


def _enabled(document: object) -> bool:
    return Form(document).flag("enabled", True)


def _shown(one: Rule) -> dict[str, Any]:
    return {
        "id": one.id,
        "enabled": one.enabled,
        "condition": one.settings.condition(),
        "masked": mask(one.target),
        **one.settings.as_json(),
    }


def _active(rule_id: str, states: dict[Any, Any]) -> list[dict[str, Any]]:
    return [
        {"label_key": label, "state": state.state, "since": state.since}
        for (owner, label), state in sorted(states.items())
        if owner == rule_id and state.state in (FIRED, PENDING)
    ]
