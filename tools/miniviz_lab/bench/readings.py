"""How fast readings go, each beside the loop that users paste and the barest one."""

from collections.abc import Mapping

from . import turns
from .guest import Guests, sink
from .metric import Metric

_NAMES: tuple[str, ...] = ("ours_reading", "peer_reading", "floor_reading")


def plain(guests: Guests, runs: int) -> list[Metric]:
    """reading_rate: checked, queued on flash, sent, acknowledged, over http."""
    counts = dict.fromkeys(_NAMES, 50 if guests.quick else 1000)
    with sink() as env:
        taken = turns.take(runs, {name: lambda n=name: _rate(guests, n, env, counts) for name in _NAMES})
    return [
        _metric("reading_rate", taken, "ten wait on flash all the time; the peer neither checks nor queues")
    ]


def tls(guests: Guests, runs: int) -> list[Metric]:
    """reading_rate_tls: the same over verified TLS; the peer makes a handshake for every reading."""
    from miniviz_lab.certificates import Authority  # of the developers' packages

    counts = {"ours_reading": 30 if guests.quick else 500, "peer_reading": 3 if guests.quick else 20}
    with sink(Authority()) as env:
        taken = turns.take(runs, {name: lambda n=name: _rate(guests, n, env, counts) for name in counts})
    return [
        _metric("reading_rate_tls", taken, "the peer checks no certificate; ours does, on one connection")
    ]


def backlog(guests: Guests, runs: int) -> list[Metric]:
    """backlog_500_tls: seconds until 500 stored readings are acknowledged over TLS, handshake included."""
    from miniviz_lab.certificates import Authority  # of the developers' packages

    size, peers = (50, 3) if guests.quick else (500, 100)

    def seconds(name: str, count: int) -> float:
        return guests.microseconds(name, env, count) * size / 1e6

    with sink(Authority()) as env:
        work = {
            "ours_backlog": lambda: seconds("ours_backlog", size),
            "peer_reading": lambda: seconds("peer_reading", peers),
        }
        taken = turns.take(runs, work)
    peer = turns.middle(taken, "peer_reading")
    note = f"{size} readings; the peer's loop was timed over {peers}"
    return [Metric("backlog_500_tls", "s", taken["ours_backlog"], peer, None, note)]


def _rate(guests: Guests, name: str, env: Mapping[str, str], counts: Mapping[str, int]) -> float:
    return 1e6 / guests.microseconds(name, env, counts[name])


def _metric(name: str, taken: Mapping[str, list[float]], note: str) -> Metric:
    peer, floor = turns.middle(taken, "peer_reading"), turns.middle(taken, "floor_reading")
    return Metric(name, "readings/s", taken["ours_reading"], peer, floor, note)
