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
