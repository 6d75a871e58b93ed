"""What keeps a server from starting."""

from __future__ import annotations


class DatabaseUnusable(Exception):
    """The database cannot be used; the message is one sentence that says why."""
