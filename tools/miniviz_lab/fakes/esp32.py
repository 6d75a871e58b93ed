"""The module `esp32`: the chip's thermometer, in Fahrenheit on the first ESP32, in Celsius on later ones."""

import world

if world.port != "esp32":
    raise ImportError("no module named 'esp32'")

if world.chip == "esp32":

    def raw_temperature():
        return int(world.chip_temperature * 9 / 5 + 32)

else:

    def mcu_temperature():
        return int(world.chip_temperature + 0.5)
