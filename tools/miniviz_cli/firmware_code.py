"""The firmware's own code on this computer: its rules and its config check are the only ones there are."""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from . import paths


class Outcome(Protocol):
    """What an answer means to the sender (firmware/miniviz/client.py)."""

    kind: int
    status: int | None
    reason: str


class Client(Protocol):
    """firmware/miniviz/client.py's Client."""

    def send(self, timestamp: int, label: str, payload: Mapping[str, object]) -> Outcome:
        """Send one reading."""
        ...


class Rules(Protocol):
    """firmware/miniviz/rules.py."""

    Refused: type[ValueError]

    def check(self, label: object, payload: object) -> None:
        """Raise Refused unless the platform takes it."""
        ...

    def check_timestamp(self, ms: object) -> None:
        """Raise Refused unless ms is UNIX time in milliseconds."""
        ...


class ClientModule(Protocol):
    """firmware/miniviz/client.py."""

    DELIVERED: int

    def Client(
        self,
        url: str,
        project: str,
        token: str,
        auth: str,
        post: Callable[..., Any],
        now_ms: Callable[[], int],
    ) -> Client:
        """Make a client."""
        ...


class ConfigModule(Protocol):
    """firmware/miniviz/config.py."""

    ConfigError: type[Exception]

    def check(self, raw: object, board: Mapping[str, object] | None = None) -> object:
        """Raise ConfigError unless the firmware would start with it."""
        ...


class Store(Protocol):
    """firmware/miniviz/store.py's Store."""

    def peek(self) -> tuple[int, int, str, Mapping[str, object]] | None:
        """The oldest reading as (boot, time, label, payload)."""
        ...

    def done(self) -> None:
        """Go on to the next one."""
        ...


class StoreModule(Protocol):
    """firmware/miniviz/store.py."""

    def Store(self, folder: str) -> Store:
        """Open an outbox."""
        ...


class Types(Protocol):
    """firmware/miniviz/cameras, and sensors as far as they are alike."""

    TYPES: tuple[str, ...]

    def fields(self, kind: str) -> Mapping[str, object]:
        """The type's own settings."""
        ...


class Sensors(Types, Protocol):
    """firmware/miniviz/sensors."""

    SensorError: type[Exception]

    def min_every(self, kind: str) -> int:
        """The shortest interval in seconds."""
        ...

    def pin_use(self, kind: str) -> str:
        """What its pin must be able to do: io, in or adc."""
        ...


def sensors() -> Sensors:
    """The sensors that the board knows."""
    return _module("sensors")


def cameras() -> Types:
    """The cameras that the board knows."""
    return _module("cameras")


def rules() -> Rules:
    """The validator that runs on the board."""
    return _module("rules")


def client() -> ClientModule:
    """The client that runs on the board."""
    return _module("client")


def config() -> ConfigModule:
    """The config check that runs on the board."""
    return _module("config")


def store() -> StoreModule:
    """The outbox's files as the board writes them."""
    return _module("store")


def _module(name: str) -> Any:
    home = str(paths.firmware())
    if home not in sys.path:
        sys.path.append(home)
    return importlib.import_module(f"miniviz.{name}")
