"""Two projects that every database starts with, so that a device can send before anybody registers.

Their ids and tokens are fixed and public on purpose: they stand in the README and in examples.
They protect nothing, so both their pages and their endpoint answer to this machine only.
"""

from __future__ import annotations

from miniviz_server.records import Project

PRO = Project(
    id="d3300000-0000-4000-8000-000000000001", token="demo-pro-token", name="Demo (Pro)", plan="pro"
)
FREE = Project(
    id="d3300000-0000-4000-8000-000000000002", token="demo-free-token", name="Demo (Free)", plan="free"
)
PROJECTS = (PRO, FREE)
