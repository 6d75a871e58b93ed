"""What the image chart asks of the images. The server runs without any; then the chart says so."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Picture(NamedTuple):
    """One image in time."""

    id: str
    timestamp: int
    label_key: str
    image_name: str
    url: str


class Pictures(Protocol):
    """Where images are found."""

    def newest(self, project_id: str, labels: list[str], start: int, end: int, limit: int) -> list[Picture]:
        """The newest images of these labels (none named: of all), newest first."""
        ...


class NoPictures:
    """A server that keeps no images."""

    def newest(self, project_id: str, labels: list[str], start: int, end: int, limit: int) -> list[Picture]:
        """Nothing."""
        del project_id, labels, start, end, limit
        return []
