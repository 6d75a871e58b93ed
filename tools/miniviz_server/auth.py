"""Whether a device may send: its token, in the URL as the guide has it or as a Bearer header."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Request

from miniviz_server.access import is_demo, local_peer
from miniviz_server.problem import Problem
from miniviz_server.records import Project
from miniviz_server.rooms import AnyProjectRoom


def tokens(request: Request) -> list[str]:
    """Every token the request presents, in either way."""
    found = request.query_params.getlist("token")
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found.append(credentials.strip())
    return found


def check(project: Project, request: Request) -> None:
    """Raises Problem 401 for a request that may not send to this project."""
    presented = [token for token in tokens(request) if token]
    if not presented:
        message = "The token is missing; add ?token=... to the URL or the header Authorization: Bearer ..."
        raise _unauthorized("token_missing", message)
    # All of them: a good token must not hide that a device still sends an old one as well.
    if not all(_same(token, project.token) for token in presented):
        message = "The token is not this project's; copy it from the project's page."
        raise _unauthorized("token_wrong", message)
    if is_demo(project) and not local_peer(request):
        message = "The demo project's token is public, so it works on the server's own machine only"
        raise _unauthorized(
            "demo_is_local", f"{message}; register on the server's page and use your project's."
        )


async def _sender(project: AnyProjectRoom, request: Request) -> Project:
    check(project, request)
    return project


def _same(presented: str, expected: str) -> bool:
    return hmac.compare_digest(presented.encode("utf-8", "backslashreplace"), expected.encode())


def _unauthorized(code: str, message: str) -> Problem:
    # 401, because 403 already has a meaning in the guide: the plan does not include this endpoint.
    return Problem(401, code, message, "token", {"WWW-Authenticate": "Bearer"})


SenderRoom = Annotated[Project, Depends(_sender)]
