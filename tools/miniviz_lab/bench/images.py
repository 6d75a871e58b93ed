"""What a picture costs."""

from . import turns
from .guest import Guests, sink
from .metric import Metric

_SMALL, _LARGE = 20_000, 150_000
_COUNTS = {"ours_image": 40, "peer_image": 5, "floor_image": 40}


def heap(guests: Guests, runs: int) -> list[Metric]:
    """image_heap, image_heap_extra, image_heap_growth: the smallest heaps that upload, by bisection."""
    with sink() as env:

        def smallest(name: str, size: int) -> int:
            return guests.smallest_heap(name, {**env, "SIZE": str(size), "COUNT": "1"}, low=2048)

        large, small, none = ours(guests)
        imported = guests.smallest_heap("ours_image", {**env, "SIZE": "0", "COUNT": "0"}, low=2048)
        peer, peer_small = (smallest("peer_image", size) for size in (_LARGE, _SMALL))
        floor, floor_small = (smallest("floor_image", size) for size in (_LARGE, _SMALL))
        reading = {**env, "COUNT": "1"}
        peer_none, floor_none = (
            guests.smallest_heap(name, reading, low=1024) for name in ("peer_reading", "floor_reading")
        )
    note = f"one 150 KB JPEG; client, http, image; {imported:,} B only to import them; 64-bit host"
    return [
        Metric("image_heap", "B", [large], peer, floor, note, {"imported": imported}),
        Metric("image_heap_extra", "B", [large - none], peer - peer_none, floor - floor_none),
        Metric("image_heap_growth", "B", [large - small], peer - peer_small, floor - floor_small),
    ]


def ours(guests: Guests) -> tuple[int, int, int]:
    """The smallest heaps in bytes for pictures of 150 KB, of 20 KB, and for readings in the same process."""
    with sink() as env:
        sizes = [{**env, "SIZE": str(size), "COUNT": "3"} for size in (_LARGE, _SMALL, 0)]
        large, small, none = (guests.smallest_heap("ours_image", size, low=2048) for size in sizes)
    return large, small, none


def rate(guests: Guests, runs: int) -> list[Metric]:
    """image_rate: 150 KB uploads; ours and the floor keep their connection."""
    with sink() as env:
        env |= {"SIZE": str(_LARGE)}

        def megabytes(name: str) -> float:
            return _LARGE / guests.microseconds(name, env, 2 if guests.quick else _COUNTS[name])

        taken = turns.take(runs, {name: lambda n=name: megabytes(n) for name in _COUNTS})
    peer, floor = turns.middle(taken, "peer_image"), turns.middle(taken, "floor_image")
    return [
        Metric("image_rate", "MB/s", taken["ours_image"], peer, floor, "image bytes, not those of base64")
    ]
