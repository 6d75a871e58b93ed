"""clock_error_ms: the worst error of a week of hourly syncs over slow and lopsided paths."""

from pathlib import Path

from miniviz_lab import scenario

from .metric import Metric


def measure(scenarios: Path) -> list[Metric]:
    """Three crystals; the peer sets whole seconds, so that its error reaches a second by itself."""
    runs = scenario.run(scenarios / "clock_week.py", "micropython", timeout=300).lines
    worst = tuple(float(run["worst_ms"]) for run in runs)
    steps = sum(run["backwards"] for run in runs)
    return [
        Metric(
            "clock_error_ms",
            "ms",
            worst,
            peer=1000,
            goal="<= 400, half of the slowest round trip; never backwards",
            note=f"{steps} steps backwards; the worst of {len(runs)} weeks is {max(worst):.0f} ms",
        )
    ]
