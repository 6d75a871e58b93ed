"""clock_error_ms: the worst error of a week of hourly syncs over slow and lopsided paths."""

from .guest import Guests
from .metric import Metric

SEEDS = (7, 57, 107)
_PPM = (50, -50, 0)


def measure(guests: Guests, runs: int) -> list[Metric]:
    """A week for each crystal, in simulated time; the peer sets whole seconds once an hour."""
    pairs = [(ppm, seed) for seed in SEEDS[:runs] for ppm in (_PPM[:1] if guests.quick else _PPM)]
    told = [guests.run("ours_clock", {"PPM": str(ppm), "SEED": str(seed)}) for ppm, seed in pairs]
    largest = max(one["worst"] for one in told)
    parts = {
        "worst": largest,
        "half_round_trip": min(one["half"] for one in told),
        "weeks_beyond_it": sum(one["worst"] > one["half"] for one in told),
        "backwards": sum(one["backwards"] for one in told),
    }
    note = f"{len(told)} weeks, the worst {largest} ms, half a round trip {parts['half_round_trip']} ms, "
    note += f"{parts['backwards']} steps backwards"
    peer = max(one["peer"] for one in told)
    return [Metric("clock_error_ms", "ms", [one["worst"] for one in told], peer, None, note, parts)]
