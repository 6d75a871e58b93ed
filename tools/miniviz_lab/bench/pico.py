"""pico_w_*: on the emulated Pico W, in its own time; the peer on the same emulator in the same session."""

from .guest import Guests
from .metric import Metric

PLAIN = ("pico_w_first_reading", "pico_w_heap_free", "pico_w_image_10k")
TLS = ("pico_w_heap_free_tls",)


def plain(guests: Guests, runs: int) -> list[Metric]:
    """Over http. One run each: it is the emulator's time that counts, and that is the same every time."""
    why = _why_not(guests)
    if why:
        return [Metric(name, "", [], note=why) for name in PLAIN]
    from . import pico_runs  # needs the emulator

    return pico_runs.plain(guests)


def tls(guests: Guests, runs: int) -> list[Metric]:
    """Over https."""
    why = _why_not(guests)
    if why:
        return [Metric(name, "", [], note=why) for name in TLS]
    from . import pico_runs

    return pico_runs.tls(guests)


def _why_not(guests: Guests) -> str:
    if guests.quick:
        return "left out of the quick form: the emulated radio alone takes half a minute"
    try:
        from miniviz_lab.pico import image
    except ImportError as error:
        return f"no emulator here: {error}"
    return "" if image.cached() else image.HOW_TO_GET_IT
