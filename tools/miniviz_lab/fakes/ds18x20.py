"""The module `ds18x20`: a thermometer that reads 85.0 until its first conversion is complete."""

import world

_CONVERSION_MS = 750
_POWER_ON = 85.0


class DS18X20:
    def __init__(self, onewire):
        self.ow = onewire
        self.buf = bytearray(9)

    def scan(self):
        return [rom for rom in self.ow.scan() if rom[0] in (0x10, 0x22, 0x28)]

    def convert_temp(self):
        self.ow.reset(True)
        for rom in self.scan():
            kept = _kept(self.ow.pin._name, rom)
            _settle(kept)
            kept[1:] = [world.elapsed_ms() + _CONVERSION_MS, _measured(self.ow.pin._name, rom)]

    def read_temp(self, rom):
        self.ow.reset(True)
        if rom not in self.scan() or world.strikes("ds18b20_crc", self.ow.pin._name):
            raise Exception("CRC error")
        kept = _kept(self.ow.pin._name, rom)
        _settle(kept)
        return kept[0]


def _kept(pin, rom):
    # [the scratchpad's temperature, when the running conversion ends, what it will give]
    return world.state.setdefault("ds%s%s" % (pin, bytes(rom)), [_POWER_ON, None, None])


def _settle(kept):
    if kept[1] is not None and world.elapsed_ms() >= kept[1]:
        kept[:] = [kept[2], None, None]


def _measured(pin, rom):
    value = world.ds18b20[pin]["".join("%02x" % byte for byte in rom)]
    return round((world.temperature() if value is None else value) * 16) / 16
