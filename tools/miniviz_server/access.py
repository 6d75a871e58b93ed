"""Who may open which project."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from fastapi import Request

from miniviz_server import demo
from miniviz_server.records import Project
from miniviz_server.sessions import visitor

_DEMO = frozenset(project.id for project in demo.PROJECTS)


def is_demo(project: Project) -> bool:
    """Whether the project's id and token are the public ones."""
    return project.id in _DEMO


def may_open(request: Request, project: Project) -> bool:
    """Its owner may; the demo projects are open to whoever sits at this machine."""
    if is_demo(project):
        return local(request)
    account = visitor(request)
    return account is not None and project.owner_id == account.id


def local_peer(request: Request) -> bool:
    """Whether the connection comes from this machine."""
    return request.client is not None and _loopback(request.client.host)


def local(request: Request) -> bool:
    """Whether a browser on this machine asks, by a name of this machine.

    The name counts, because a page on the internet can point its own name at 127.0.0.1.
    """
    name = request.url.hostname or ""
    named = name == "localhost" or name.endswith(".localhost") or _loopback(name)
    return named and local_peer(request)


@lru_cache(256)
def _loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback
