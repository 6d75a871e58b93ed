"""clock_error_ms: the worst error of a week of hourly syncs over slow and lopsided paths."""

from statistics import median

from .guest import Guests
from .metric import Metric

SEEDS = (7, 57, 107)
_PPM = (50, -50, 0)


def measure(guests: Guests, runs: int) -> list[Metric]:
    """A week for each crystal, in simulated time; the peer sets whole seconds once an hour."""
    pairs = [(ppm, seed) for seed in SEEDS[:runs] for ppm in (_PPM[:1] if guests.quick else _PPM)]
    told = [guests.run("ours_clock", {"PPM": str(ppm), "SEED": str(seed)}) for ppm, seed in pairs]
    worst = {key: max(one[key] for one in told) for key in ("worst", "settled", "peer_as_read")}
    parts = {
        "worst": worst["worst"],
        "worst_after_6_h": worst["settled"],
        "half_round_trip": min(one["half"] for one in told),
        "weeks_beyond_it": sum(one["worst"] > one["half"] for one in told),
        "beyond_it_and_drift": sum(one["over"] for one in told),
        "beyond_own_bound": sum(one["beyond_own_bound"] for one in told),
        "backwards": sum(one["backwards"] for one in told),
        "peer_as_read": worst["peer_as_read"],
    }
    note = (
        f"{len(told)} weeks, worst {worst['worst']} ms, after 6 h {worst['settled']} ms; "
        f"half a round trip {parts['half_round_trip']} ms, exceeded in {parts['weeks_beyond_it']}, "
        f"with 50 ppm since the sync added: {parts['beyond_it_and_drift']} times; "
        f"beyond the clock's own bound {parts['beyond_own_bound']} times, "
        f"{parts['backwards']} steps backwards; "
        f"the peer read by time.time(), whole seconds again: {worst['peer_as_read']} ms"
    )
    errors = [one["worst"] for one in told]
    return [Metric("clock_error_ms", "ms", errors, median(one["peer"] for one in told), None, note, parts)]
