"""The lab's played chips on an emulated board: the files that the host's runs use, on the guest's clock."""

import importlib
import sys
from pathlib import Path
from typing import Any

from .chip import Chip

_FAKES = str(Path(__file__).parents[1] / "fakes")


def module(name: str) -> Any:
    """One of the lab's fakes; the folder, which hides real modules' names, is on the path only meanwhile."""
    if name not in sys.modules:
        sys.path.insert(0, _FAKES)
        try:
            importlib.import_module("world_scene")  # which a fake may import when it is used
            importlib.import_module(name)
        finally:
            sys.path.remove(_FAKES)
    return sys.modules[name]


def follow(chip: Chip) -> None:
    """The world's clock is this chip's. There is one world in a process, which others may have set back."""
    module("world_time").follow(lambda: int(chip.clock.nanos) // 1000)
