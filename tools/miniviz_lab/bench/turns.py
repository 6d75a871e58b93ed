"""Ours, peer and floor in turns, so that whatever else the machine does hits all of them alike."""

from collections.abc import Callable, Mapping
from statistics import median


def take(runs: int, work: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Each of them once per run; the order is turned round every time."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    names = list(work)
    for _ in range(runs):
        for name in names:
            taken[name].append(work[name]())
        names.reverse()
    return taken


def middle(taken: Mapping[str, list[float]], name: str) -> float | None:
    """The median of those runs, None if there were none."""
    return median(taken[name]) if taken.get(name) else None
