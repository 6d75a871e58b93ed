"""What a chart reads instead of every event: sums of five minutes, where those of an hour are true.

An hour's sums count only while its claim says READY. Each event that comes or goes sets it to WAITING in the
same transaction (triggers do, whoever writes), and the chart reads that hour's events until Rollups has
summed it again. So late events, deletions, other processes and a sudden end need no care of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

HOUR = 3_600_000
STEP = 300_000
# A claim: nobody has summed it, its sums are true, or sums would save nothing. Anything else is who is at it.
WAITING, READY, SPARSE = 0, 1, 2

# For :metrics and, with labels, :labels of :project_id, from the slot :low up to :high.
ROWS = """FROM rollup_hours h JOIN rollups r ON r.hour_id = h.id
WHERE h.project_id = :project_id AND h.hour >= :low / 12 AND h.hour <= :high / 12 AND h.claim = 1
AND r.metric IN :metrics AND r.slot >= :low AND r.slot < :high"""

_READY = sa.text("""SELECT hour FROM rollup_hours WHERE project_id = :project_id
AND hour >= :first AND hour <= :last AND claim = 1 ORDER BY hour""")


def slots(start: int, end: int) -> tuple[int, int]:
    """The steps that lie in this time as a whole: from the first up to (not with) the last."""
    return -(-start // STEP), end // STEP


def ready_hours(connection: sa.Connection, project_id: str, start: int, end: int) -> list[int]:
    """The hours that touch these steps and have true sums, in order."""
    low, high = slots(start, end)
    if low >= high:
        return []
    values = {"project_id": project_id, "first": low * STEP // HOUR, "last": (high * STEP - 1) // HOUR}
    return [int(hour) for hour in connection.execute(_READY, values).scalars()]


def gaps(hours: Iterable[int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The time that those hours' sums leave open, in which the events themselves are read."""
    low, high = slots(start, end)
    reached = start
    for hour in hours:
        first, last = max(hour * HOUR, low * STEP), min((hour + 1) * HOUR, high * STEP)
        if first > reached:
            yield reached, first
        reached = last
    if reached < end:
        yield reached, end
