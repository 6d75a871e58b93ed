"""How often a device may send, where the server was told to hold it to its plan."""

from __future__ import annotations

import math

from miniviz_server.clock import clock
from miniviz_server.limits import DATA_PACE_FREE, DATA_PACE_PRO
from miniviz_server.problem import Problem
from miniviz_server.records import Project

_MOST = 10_000


class Pace:
    """When each label was last served. In memory: every server process counts for itself."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], int] = {}

    def check(self, project: Project, label_key: str) -> None:
        """Raises Problem 429 for one that comes too early; counts the others."""
        limit = DATA_PACE_PRO if project.plan == "pro" else DATA_PACE_FREE
        key, now = (project.id, label_key), clock.now_ms()
        waited = now - self._last.get(key, 0)
        # A clock that was set back must not lock anybody out.
        if 0 <= waited < limit.value * 1000:
            wait = math.ceil(limit.value - waited / 1000)
            message = f"The {project.plan} plan takes one event per {limit.value} s and label; wait {wait} s."
            raise Problem(limit.status, limit.code, message, "label_key", {"Retry-After": str(wait)})
        if len(self._last) >= _MOST:
            longest = DATA_PACE_FREE.value * 1000
            self._last = {one: at for one, at in self._last.items() if 0 <= now - at < longest}
        self._last[key] = now
