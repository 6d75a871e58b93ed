"""Every figure by name, and what measures it."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import clock, guest, images, memory, pico, readings, server, wear
from .guest import Guests
from .metric import Metric

RUNS = 3


@dataclass(frozen=True)
class Source:
    """Measures these figures together."""

    names: tuple[str, ...]
    measure: Callable[[Guests, int], list[Metric]]


SOURCES = (
    Source(("image_heap", "image_heap_extra", "image_heap_growth"), images.heap),
    Source(("image_rate",), images.rate),
    Source(("reading_rate",), readings.plain),
    Source(("reading_rate_tls",), readings.tls),
    Source(("backlog_500_tls",), readings.backlog),
    Source(("reading_heap",), memory.heap),
    Source(("alloc_per_reading",), memory.allocation),
    Source(("import_heap",), memory.imports),
    Source(("size_mpy", "size_mpy_arducam", "size_mpy_all"), memory.sizes),
    Source(("clock_error_ms",), clock.measure),
    Source(("flash_bytes_per_reading", "erases_per_1000"), wear.measure),
    Source(("server_ingest",), server.ingest),
    Source(("server_million",), server.million),
    Source(pico.PLAIN, pico.plain),
    Source(pico.TLS, pico.tls),
)
NAMES = tuple(name for source in SOURCES for name in source.names)


def measure(
    firmware: Path, only: Sequence[str] = (), *, runs: int = RUNS, quick: bool = False
) -> Iterator[Metric]:
    """The figures asked for (all if none is named), one after the other as they are measured."""
    wanted = set(only or NAMES)
    with tempfile.TemporaryDirectory(prefix="miniviz-bench-") as folder:
        guests = guest.compiled(Path(folder), firmware, quick=quick)
        for source in SOURCES:
            if wanted.intersection(source.names):
                found = _measured(source, guests, 1 if quick else runs)
                yield from (metric for metric in found if metric.name in wanted)


def _measured(source: Source, guests: Guests, runs: int) -> list[Metric]:
    try:
        return source.measure(guests, runs)
    except ModuleNotFoundError as error:  # an installed wheel has not all that the checkout's tests need
        return [
            Metric(name, "", [], note=f"needs a package that is not installed: {error}")
            for name in source.names
        ]
