"""Where the firmware, the boards and the fakes stand: in the checkout, or in the installed wheel."""

from pathlib import Path

import miniviz_lab

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent.parent
BUNDLED = PACKAGE / "data"


def firmware() -> Path:
    """The folder with main.py and the package `miniviz`."""
    return _find("firmware", "main.py")


def boards() -> Path:
    """The folder with one folder per board."""
    return _find("boards", "pico_w/board.toml")


def fakes() -> Path:
    """The folder of hardware modules without hardware; it stands first on the simulated board's path."""
    return Path(miniviz_lab.__file__).resolve().parent / "fakes"


def _find(name: str, landmark: str) -> Path:
    # The wheel's copy first: beside an installed package, `../..` is somebody else's folder.
    for home in (BUNDLED / name, CHECKOUT / name):
        if (home / landmark).is_file():
            return home
    raise FileNotFoundError(
        f"{name}/{landmark} is in neither {BUNDLED} nor {CHECKOUT}: install miniviz again"
    )
