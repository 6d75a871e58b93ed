"""The module `onewire`, as far as a thermometer on the bus answers: presence, search, checksum."""

import world


class OneWireError(Exception):
    pass


class OneWire:
    SEARCH_ROM, MATCH_ROM, SKIP_ROM = 0xF0, 0x55, 0xCC

    def __init__(self, pin):
        self.pin = pin
        self.pin.init(pin.OPEN_DRAIN, pin.PULL_UP)

    def reset(self, required=False):
        present = bool(self.scan())
        if required and not present:
            raise OneWireError
        return present

    def scan(self):
        if world.strikes("ds18b20_absent", self.pin._name):
            return []
        return [_rom(name) for name in sorted(world.ds18b20.get(self.pin._name, {}))]

    def crc8(self, data):
        crc = 0
        for byte in data:
            for _ in range(8):
                low = (crc ^ byte) & 1
                crc, byte = (crc >> 1) ^ (0x8C if low else 0), byte >> 1
        return crc


def _rom(name):
    if len(name) != 16:
        raise ValueError("the world's ds18b20 '%s' needs 16 hex digits" % name)
    return bytearray(int(name[i : i + 2], 16) for i in range(0, 16, 2))
