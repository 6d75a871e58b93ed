"""What hangs on the board's wires besides the chips with a module of their own: SPI and I2C devices.

A device on SPI has select(), deselect() and exchange(byte) -> byte; one on I2C has start(address, read) ->
does it answer, write(byte) -> does it take it, read() -> byte, stop(). They see every byte in its order.
"""

_spi = []  # [bus, chip select, device, selected]
_i2c = []  # (bus, device)

FLOATING = 0xFF  # what a controller reads where nobody drives the wire


def reset():
    """Nothing is connected."""
    del _spi[:]
    del _i2c[:]


def connect_spi(bus, cs, device):
    """Solder a device to a bus and its chip select to a pin."""
    _spi.append([bus, cs, device, False])


def connect_i2c(bus, device):
    """Solder a device to a bus."""
    _i2c.append((bus, device))


def pin_changed(name, level):
    """A pin was driven: a chip select may have fallen or risen."""
    for one in _spi:
        if one[1] == name and one[3] != (not level):
            one[3] = not level
            one[2].deselect() if level else one[2].select()


def exchange(bus, byte):
    """One byte out on a bus, and the one that came in."""
    answer = FLOATING
    for number, _, device, selected in _spi:
        if number == bus and selected:
            answer &= device.exchange(byte)
    return answer


def answering(bus, address, read):
    """The device on an I2C bus that acknowledges this address, or None."""
    for number, device in _i2c:
        if number == bus and device.start(address, read):
            return device
    return None
