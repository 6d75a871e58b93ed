"""What a page's script may change, and another site's may not."""

from __future__ import annotations

from fastapi import Depends, Request

from miniviz_server.problem import Problem
from miniviz_server.rooms import ProjectRoom


async def _same_site(_project: ProjectRoom, request: Request) -> None:
    """Refuses what a foreign page makes a browser send: it names the sender, and a form sends no JSON.

    Whoever may not open the project is told so first, and nothing else.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    # The host alone: a proxy in front may speak TLS where this server does not.
    elsewhere = origin is not None and origin.partition("://")[2] != request.headers.get("host", "")
    if site not in ("same-origin", "none") or elsewhere:
        raise Problem(403, "foreign_site", "Another site sent this; open the page here and try again.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method != "DELETE" and kind != "application/json":
        raise Problem(415, "not_json", "Send JSON with the header Content-Type: application/json.")


SameSite = Depends(_same_site)
