"""A local Miniviz: the same data endpoint and limits, and a page that shows what arrived."""

from miniviz_server.app import create_app
from miniviz_server.database import DatabaseUnusable
from miniviz_server.demo import PROJECTS
from miniviz_server.records import Event, Project, StoredEvent
from miniviz_server.runner import CannotServe, Running, running, serve
from miniviz_server.settings import Settings

__all__ = [
    "PROJECTS",
    "CannotServe",
    "DatabaseUnusable",
    "Event",
    "Project",
    "Running",
    "Settings",
    "StoredEvent",
    "create_app",
    "running",
    "serve",
]
