"""What an image upload costs: `python -m miniviz_lab.measure_image` prints heap and rate as JSON.

Heap: the smallest `-X heapsize` of the host's MicroPython at which the compiled firmware's client uploads.
Rate: image bytes per second, ours and the naive way's, in one run on one machine.
"""

import json
import statistics
import tempfile
from pathlib import Path

from miniviz_lab import scenario
from miniviz_lab.sink import Sink

SMALL, LARGE = 20_000, 150_000
_MEASURED = Path(__file__).resolve().parent / "measured"
_ROUNDS = 5
_SHIFTS = (0, 96, 208, 400, 656)


def heap(folder: Path, size: int) -> int:
    """The smallest heap in bytes that uploads a picture of this size, or sends a reading for 0.

    Where the collector happens to run decides over some hundred bytes: the median of several measurements,
    each with the heap's content moved by a few blocks.
    """
    return round(statistics.median(_heap(folder, size, shift) - shift for shift in _SHIFTS))


def _heap(folder: Path, size: int, shift: int) -> int:
    script = _MEASURED / "image_upload.py"

    with Sink() as sink:

        def passes(limit: int) -> bool:
            env = {"URL": sink.url, "SIZE": str(size), "COUNT": "3", "SHIFT": str(shift)}
            result = scenario.run(
                script, "micropython", heap=limit, compiled_in=folder / "mpy", env=env, check=False
            )
            return result.returncode == 0

        return scenario.smallest_heap(passes, low=8192, high=1 << 18)


def rate(folder: Path, script: str, *, size: int = LARGE, count: int = 40) -> float:
    """Image bytes per second."""
    with Sink() as sink:
        env = {"URL": sink.url, "SIZE": str(size), "COUNT": str(count)}
        path = _MEASURED / script
        result = scenario.run(
            path, "micropython", heap="8m", compiled_in=folder / f"mpy-{path.stem}", env=env, folder=folder
        )
    return size * count / result.lines[-1]["seconds"]


def measure(folder: Path) -> dict[str, float]:
    """All of it."""
    heaps = {size: heap(folder, size) for size in (0, SMALL, LARGE)}
    ours, naive = list[float](), list[float]()
    for _ in range(_ROUNDS):  # in turns, so that a loaded machine hits both alike
        ours.append(rate(folder, "image_upload.py"))
        naive.append(rate(folder, "image_naive.py", count=10))
    return {
        "reading_heap": heaps[0],
        "image_heap_20k": heaps[SMALL],
        "image_heap": heaps[LARGE],
        "image_heap_growth": heaps[LARGE] - heaps[SMALL],
        "image_heap_extra": heaps[LARGE] - heaps[0],
        "image_rate": statistics.median(ours),
        "image_rate_naive": statistics.median(naive),
        "image_rate_ratio": statistics.median(a / b for a, b in zip(ours, naive, strict=True)),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="miniviz-") as scratch:
        print(json.dumps(measure(Path(scratch)), indent=2))
