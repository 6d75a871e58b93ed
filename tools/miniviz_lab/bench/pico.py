"""pico_w_*: on the emulated Pico W, in its own time; the peer on the same emulator in the same session."""

from .guest import Guests
from .metric import Metric

_UNITS = {
    "pico_w_first_reading": "s",
    "pico_w_heap_free": "B",
    "pico_w_heap_free_tls": "B",
    "pico_w_image_10k": "s",
}
NAMES = tuple(_UNITS)


def measure(guests: Guests, runs: int) -> list[Metric]:
    """Absent, with the reason, where there is no emulator or no image."""
    why = _why_not(guests)
    if why:
        return [Metric(name, unit, [], note=why) for name, unit in _UNITS.items()]
    from . import pico_runs  # needs the emulator

    return pico_runs.measure(guests, runs)


def _why_not(guests: Guests) -> str:
    if guests.quick:
        return "left out of the quick form: the emulated radio alone takes half a minute"
    try:
        from miniviz_lab.pico import image
    except ImportError as error:
        return f"no emulator here: {error}"
    return "" if image.cached() else image.HOW_TO_GET_IT
