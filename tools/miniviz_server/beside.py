"""Which image stands beside which event: that of its label nearest in time, at most a minute away."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from miniviz_server.image_store import ImageStore, StoredImage
from miniviz_server.records import StoredEvent

NEAR_MS = 60_000  # a label has one image a minute at most


def beside(images: ImageStore, project_id: str, rows: list[StoredEvent]) -> dict[int, list[StoredImage]]:
    """Event id -> its images, oldest first; events without one are left out."""
    found: dict[int, list[StoredImage]] = {}
    by_label = {
        label: list(group)
        for label, group in groupby(
            sorted(rows, key=lambda row: (row.label_key, row.timestamp)), key=lambda row: row.label_key
        )
    }
    for image in images.within(project_id, _stretches(rows)):
        near = min(by_label.get(image.label_key, ()), key=lambda row: _away(row, image), default=None)
        if near is not None and _away(near, image) <= NEAR_MS:
            found.setdefault(near.id, []).append(image)
    return found


def _away(row: StoredEvent, image: StoredImage) -> int:
    return abs(row.timestamp - image.timestamp)


def _stretches(rows: Iterable[StoredEvent]) -> list[tuple[int, int]]:
    """The times near these events, as few stretches as cover them."""
    merged: list[tuple[int, int]] = []
    for moment in sorted(row.timestamp for row in rows):
        first, last = moment - NEAR_MS, moment + NEAR_MS
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged
