"""server_ingest and server_million: the local server beside an empty one, and full beside nearly empty."""

import tempfile
from pathlib import Path
from statistics import median

from miniviz_lab import bench_server as lab

from .guest import Guests
from .metric import Metric


def ingest(guests: Guests, runs: int) -> list[Metric]:
    """Readings per second of 8 clients; the floor is an empty POST on the same framework."""
    seconds, settle = (0.5, 1) if guests.quick else (3, 5)
    with (
        tempfile.TemporaryDirectory(prefix="miniviz-bench-") as folder,
        lab.server(lab.EMPTY, settle=0) as empty,
        lab.server(lab.SERVE, str(Path(folder) / "ingest.sqlite"), settle=settle) as ready,
    ):
        bare: list[float] = []
        taken: list[tuple[float, float]] = []
        for _ in range(runs):
            bare.append(lab.ingest([empty], seconds)[0])
            taken.append(lab.ingest([ready], seconds))
    parts = {"p99_ms": median(p99 for _, p99 in taken)}
    note = f"SQLite, 8 clients; 99 of 100 answers within {parts['p99_ms']:.1f} ms; floor: an empty POST"
    return [Metric("server_ingest", "readings/s", [one for one, _ in taken], None, median(bare), note, parts)]


def million(guests: Guests, runs: int) -> list[Metric]:
    """The slowest page with a million events, one a minute; the floor is the same page with 10,000.

    The parts also tell the pages of a million in one week, where the week's chart draws a hundred times as
    many events. The server has summed the hours that are over, as it does while devices send.
    """
    few, many = (500, 5_000) if guests.quick else (10_000, 1_000_000)
    settle = 1 if guests.quick else 5
    small, large = (_pages(size, settle) for size in (few, many))
    week = _pages(many, settle, 7 * lab.DAY // many)
    kept = [name for name in large if not name.endswith(lab.FIRST)]
    worst = max(kept, key=lambda name: large[name] / small[name])
    first = "one-week chart" + lab.FIRST
    note = f"the page {worst}, with {many:,} events, median of 15; floor: with {few:,}. "
    note += f"{first}: {large[first]:.0f} ms, {week[first]:.0f} ms with all {many:,} in one week"
    parts = large | {f"{name}, all in one week": taken for name, taken in week.items()}
    return [Metric("server_million", "ms", [large[worst]], None, small[worst], note, parts)]


def _pages(size: int, settle: float, step: int = 60_000) -> dict[str, float]:
    """Milliseconds for each page with so many events, one every `step` milliseconds."""
    with tempfile.TemporaryDirectory(prefix="miniviz-bench-") as folder:
        database = str(Path(folder) / "events.sqlite")
        lab.fill(database, size, step)
        with lab.server(lab.SERVE, database, settle=settle) as ready:
            lab.await_sums(database)
            return lab.pages(ready)
