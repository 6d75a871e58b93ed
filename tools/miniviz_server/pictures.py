"""What the image chart asks of the images."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from miniviz_server.image_store import ImageStore


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


class StoredPictures:
    """The images that the server keeps."""

    def __init__(self, images: ImageStore) -> None:
        self._images = images

    def newest(self, project_id: str, labels: list[str], start: int, end: int, limit: int) -> list[Picture]:
        """The newest images of these labels (none named: of all), newest first."""
        found = self._images.between(project_id, labels, start, end, limit)
        path = f"/projects/{project_id}/images"
        return [
            Picture(str(one.id), one.timestamp, one.label_key, one.name, f"{path}/{one.id}/file")
            for one in found
        ]
