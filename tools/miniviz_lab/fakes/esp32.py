"""The module `esp32`: the chip's memory and thermometer (Fahrenheit on the first chip, then Celsius)."""

import world

if world.port != "esp32":
    raise ImportError("no module named 'esp32'")

HEAP_EXEC, HEAP_DATA = 1, 4


def idf_heap_info(capabilities):
    """(size, free, largest free piece, least that was ever free) of each region with this use."""
    if capabilities != HEAP_DATA:
        return []
    largest = world.own_memory
    own = [(113840, largest + 2000, largest, largest // 2), (15072, 4000, 3000, 2800)]
    # A camera's boards have PSRAM, a region like the others, of which most is free.
    return own + [(4192139, 1900000, 1800000, 1700000)] if world.camera else own


if world.chip == "esp32":

    def raw_temperature():
        return int(world.chip_temperature * 9 / 5 + 32)

else:

    def mcu_temperature():
        return int(world.chip_temperature + 0.5)
