"""The firmware's closing line, and what it says beside the server's own count."""

import re
from typing import NamedTuple

_LINE = re.compile(
    r"stopped: taken (\d+), delivered (\d+), waiting (\d+), set aside (\d+), dropped (\d+)"
    r"(?:, pictures (\d+))?\s*$"
)


class Closing(NamedTuple):
    """Readings by what became of them, as the firmware counts."""

    taken: int
    delivered: int
    waiting: int
    set_aside: int
    dropped: int
    pictures: int = 0  # delivered ones

    def lost(self, stored: int) -> int:
        """Readings that were taken and are neither on the server nor still waiting."""
        return max(0, self.taken - self.waiting - stored)

    def lost_pictures(self, stored: int) -> int:
        """Pictures that the firmware saw delivered and the server has not."""
        return max(0, self.pictures - stored)


def parse(line: str) -> Closing | None:
    """The closing line's numbers, or None for any other line."""
    match = _LINE.search(line)
    return Closing(*(int(count or 0) for count in match.groups())) if match else None
