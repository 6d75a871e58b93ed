"""Images in the database.

They are BLOBs beside their rows and not files: at 200 KB at most SQLite is as quick as a folder, a picture
and its row are stored and deleted together or not at all, and one file is the whole Miniviz to copy or to
throw away.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import sqlalchemy as sa

from miniviz_server.clock import clock
from miniviz_server.image_limits import IMAGE_DAYS, IMAGE_SECONDS
from miniviz_server.image_verdict import SentImage
from miniviz_server.picture import Picture
from miniviz_server.schema import images
from miniviz_server.store import Cursor, Store

_SWEEP_MS = 3_600_000  # between two looks for what has expired
_DAY_MS = 86_400_000
_WITHIN = 1000  # images at most beside the events of one page


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One image as the pages list it, without its bytes."""

    id: int
    timestamp: int
    label_key: str
    name: str
    kind: str
    width: int
    height: int
    size: int


class TooFast(Exception):
    """The label's last image is too young."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class ImageStore:
    """Every image of every project."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._swept = 0
        self._sweeping = threading.Lock()
        self.sweep()

    def wait(self, project_id: str, label_key: str) -> int:
        """Seconds until this label may send its next image, 0 for now."""
        with self._store.reading() as connection:
            return _wait(connection, project_id, label_key)

    def add(self, project_id: str, sent: SentImage, picture: Picture) -> StoredImage:
        """Store an image for good; raises TooFast, even if two of a label come at the same moment."""
        values = {
            "project_id": project_id,
            "timestamp": sent.timestamp,
            "received_at": clock.now_ms(),
            "label_key": sent.label_key,
            "name": sent.name,
            "kind": picture.kind,
            "width": picture.width,
            "height": picture.height,
            "size": len(sent.data),
            "data": sent.data,
            "thumbnail": picture.thumbnail,
        }
        with self._store.writing() as connection:
            if seconds := _wait(connection, project_id, sent.label_key):
                raise TooFast(seconds)
            key = connection.execute(sa.insert(images), values).inserted_primary_key
        assert key is not None
        if clock.now_ms() - self._swept > _SWEEP_MS:
            self.sweep()
        shown = (sent.timestamp, sent.label_key, sent.name, picture.kind)
        return StoredImage(int(key[0]), *shown, picture.width, picture.height, len(sent.data))

    def count(self, project_id: str) -> int:
        """How many images the project has."""
        query = sa.select(sa.func.count()).select_from(images).where(images.c.project_id == project_id)
        with self._store.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def disk_use(self, project_id: str) -> int:
        """Bytes of the project's images and thumbnails."""
        size = sa.func.sum(images.c.size + sa.func.length(images.c.thumbnail))
        query = sa.select(sa.func.coalesce(size, 0)).where(images.c.project_id == project_id)
        with self._store.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def newest(self, project_id: str, limit: int, before: Cursor | None = None) -> list[StoredImage]:
        """Images by their timestamp, newest first, older than the cursor."""
        query = sa.select(*_LISTED).where(images.c.project_id == project_id)
        if before is not None:
            query = query.where(sa.tuple_(images.c.timestamp, images.c.id) < sa.tuple_(*before))
        query = query.order_by(images.c.timestamp.desc(), images.c.id.desc()).limit(limit)
        with self._store.reading() as connection:
            return [StoredImage(*row) for row in connection.execute(query)]

    def between(
        self, project_id: str, labels: list[str], start: int, end: int, limit: int
    ) -> list[StoredImage]:
        """Images of these labels (none named: of all) with a timestamp in this stretch, newest first."""
        query = sa.select(*_LISTED).where(
            images.c.project_id == project_id, images.c.timestamp >= start, images.c.timestamp <= end
        )
        if labels:
            query = query.where(images.c.label_key.in_(labels))
        query = query.order_by(images.c.timestamp.desc(), images.c.id.desc()).limit(limit)
        with self._store.reading() as connection:
            return [StoredImage(*row) for row in connection.execute(query)]

    def within(self, project_id: str, stretches: list[tuple[int, int]]) -> list[StoredImage]:
        """Images with a timestamp in any of these stretches, oldest first."""
        # The project in each of them: so SQLite goes through the index once per stretch.
        matching = [
            sa.and_(images.c.project_id == project_id, images.c.timestamp.between(first, last))
            for first, last in stretches
        ]
        query = sa.select(*_LISTED).where(sa.or_(sa.false(), *matching))
        query = query.order_by(images.c.timestamp, images.c.id).limit(_WITHIN)
        with self._store.reading() as connection:
            return [StoredImage(*row) for row in connection.execute(query)]

    def get(self, project_id: str, image_id: int) -> StoredImage | None:
        """One image without its bytes."""
        query = sa.select(*_LISTED).where(*_is(project_id, image_id))
        with self._store.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else StoredImage(*row)

    def content(self, project_id: str, image_id: int, *, small: bool = False) -> tuple[str, bytes] | None:
        """(media type, bytes) of the image or of its thumbnail."""
        column = images.c.thumbnail if small else images.c.data
        query = sa.select(images.c.kind, column).where(*_is(project_id, image_id))
        with self._store.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else ("image/jpeg" if small else str(row[0]), bytes(row[1]))

    def sweep(self) -> int:
        """Delete what is older than the retention; how many that were."""
        with self._sweeping:
            self._swept = clock.now_ms()
            oldest = self._swept - IMAGE_DAYS.value * _DAY_MS
            with self._store.writing() as connection:
                return connection.execute(sa.delete(images).where(images.c.received_at < oldest)).rowcount


def _is(project_id: str, image_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    # Of a number that no database can hold there is no image.
    known = images.c.id == image_id if 0 < image_id < 2**63 else sa.false()
    return images.c.project_id == project_id, known


_LISTED = (
    images.c.id,
    images.c.timestamp,
    images.c.label_key,
    images.c.name,
    images.c.kind,
    images.c.width,
    images.c.height,
    images.c.size,
)


def _wait(connection: sa.Connection, project_id: str, label_key: str) -> int:
    query = sa.select(sa.func.max(images.c.received_at))
    query = query.where(images.c.project_id == project_id, images.c.label_key == label_key)
    last = connection.execute(query).scalar_one()
    if last is None:
        return 0
    left = int(last) + 1000 * IMAGE_SECONDS.value - clock.now_ms()
    return max(0, -(-left // 1000))
