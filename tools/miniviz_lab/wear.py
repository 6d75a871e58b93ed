"""What the figures of wear_device.py mean, in words."""

from typing import Any

GOAL = 0.1  # of the erases of one file per reading


def explain(figures: list[dict[str, Any]]) -> str:
    """What storing and marking cost, against the goal and against the file system alone."""
    program: int = figures[0]["program_size"]
    naive, stored, marked = (figure["erases_per_1000"] for figure in figures[:3])
    alone = sum(figure["erases_per_1000"] for figure in figures[-2:])
    return (
        f"with pages of {program} bytes: {stored:g} erases to store 1,000 readings, ten at a time, "
        f"and {marked:g} to mark them as delivered; the goal for both is {naive * GOAL:g}, "
        f"a tenth of one file per reading's {naive:g}. Records and marks are programmed into blocks that the "
        f"file system lends; through its files the same would cost {alone:g}."
    )
