"""The nouns that travel between the rooms of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Plan = Literal["pro", "free"]
Value = str | int | float


@dataclass(frozen=True, slots=True)
class Project:
    """What a device must know to send, and what its owner pays for."""

    id: str
    token: str
    name: str
    plan: Plan
    # None: nobody's. Only the demo projects are shown then, and only on this machine.
    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A person who logs in. The seal changes with the password, and sessions of an older seal end."""

    id: str
    email: str
    password_hash: str
    seal: str


@dataclass(frozen=True, slots=True)
class Event:
    """One reading, checked against every limit."""

    timestamp: int
    label_key: str
    payload: dict[str, Value]


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One reading as the Database page shows it."""

    id: int
    timestamp: int
    label_key: str
    payload: dict[str, Value]
