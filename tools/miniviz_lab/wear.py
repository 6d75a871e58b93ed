"""What the figures of wear_device.py mean, in words."""

from typing import Any

BLOCK = 4096  # bytes that a NOR flash of both boards erases at once
GOAL = 0.1  # of the erases of one file per reading


def explain(figures: list[dict[str, Any]]) -> str:
    """Why marking what was delivered costs what it does, and what the goal leaves for it."""
    program: int = figures[0]["program_size"]
    naive, stored, marked = (figure["erases_per_1000"] for figure in figures[:3])
    return (
        f"with pages of {program} bytes: {stored:g} erases to store 1,000 readings, ten at a time, "
        f"and {marked:g} to mark them as delivered; the goal for both is {naive * GOAL:g}, "
        f"a tenth of one file per reading's {naive:g}. A mark is a commit of littlefs, which programs "
        f"a whole page: 1,000 of them fill {1000 * program / BLOCK:.0f} blocks at the least."
    )
