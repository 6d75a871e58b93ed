"""What firmware/config.example.json has in the place of one's own WiFi, project and token."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from .errors import UserError

_WORDS = ("YOUR-NETWORK", "ITS-PASSWORD", "YOUR-PROJECT-ID", "YOUR-TOKEN")


def check(config: Mapping[str, object], file: Path) -> None:
    """Refuse a config.json in which some of them still stand; a board could only fail with it."""
    found = [f"{where} is {word}" for where, word in _find(config, "")]
    if found:
        raise UserError(
            f"{file} still has the example's words: {', '.join(found)}; put your own there, "
            "or let `miniviz configure` ask for them",
            2,
        )


def _find(value: object, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if value in _WORDS:
            yield where, value
    elif isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            yield from _find(inner, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for i, inner in enumerate(cast("list[object]", value)):
            yield from _find(inner, f"{where}[{i}]")
