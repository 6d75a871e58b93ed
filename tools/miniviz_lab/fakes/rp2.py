"""The module `rp2`, as far as the firmware uses it; an ESP32 has none."""

import world

if world.port != "rp2":
    raise ImportError("no module named 'rp2'")


def bootsel_button():
    """1 while BOOTSEL is held: a test says so with `world.pins["BOOTSEL"] = 0`, as it pulls to ground."""
    return 1 if world.pins.get("BOOTSEL", 1) == 0 else 0
