"""SPI and I2C of both ports, byte by byte; the subclass knows the port's buses, pins and words."""

import _machine_common as common
import world
import world_bus


def wired(defaults, pins):
    """Are the camera's wires on the pins that this bus uses?"""
    for key in pins:
        used = defaults[key] if pins[key] is None else pins[key]._name
        if used != (world.camera or {}).get(key, defaults[key]):
            return False
    return True


class SPI:
    MSB = 0
    LSB = 1

    def __init__(self, id, baudrate=1000000, **settings):  # noqa: A002
        if common.integer(id) not in self._BUSES:
            raise ValueError("SPI(%d) doesn't exist" % id)
        self._bus = id
        self._open(baudrate, settings)

    def _open(self, baudrate, settings):
        id = self._bus  # noqa: A001
        self._on = False
        if common.integer(baudrate) <= 0:
            raise ValueError("baudrate must be positive")
        known = {"polarity": 0, "phase": 0, "bits": 8, "firstbit": self.MSB, "sck": None, "mosi": None}
        known["miso"] = None
        for key in settings:
            if key not in known:
                raise TypeError("extra keyword arguments given")
            known[key] = settings[key]
        for key in ("sck", "mosi", "miso"):
            self._check_pin(key, known[key])
        # The played devices take mode 0 with the highest bit first, and nothing else.
        self._heard = known["polarity"] == known["phase"] == 0 and known["firstbit"] == self.MSB
        self._heard = self._heard and known["bits"] == 8 and wired(self._BUSES[id], _pins(known))
        self._on = True

    def init(self, baudrate=1000000, **settings):
        self._open(baudrate, settings)

    def deinit(self):
        self._on = False

    def write(self, buf):
        for byte in bytes(buf):
            self._exchange(byte)

    def read(self, nbytes, write=0):
        return bytes(self._exchange(write) for _ in range(common.integer(nbytes)))

    def readinto(self, buf, write=0):
        for i in range(len(buf)):
            buf[i] = self._exchange(write)

    def write_readinto(self, write_buf, read_buf):
        if len(write_buf) != len(read_buf):
            raise ValueError("buffers must be the same length")
        for i in range(len(read_buf)):
            read_buf[i] = self._exchange(write_buf[i])

    def _exchange(self, byte):
        if not self._on:
            raise OSError(5)  # a deinitialised bus
        return world_bus.exchange(self._bus, byte) if self._heard else world_bus.FLOATING


class I2C:
    def __init__(self, id, *, scl=None, sda=None, freq=400000, timeout=50000):  # noqa: A002
        if common.integer(id) not in self._BUSES:
            raise ValueError("I2C(%d) doesn't exist" % id)
        self._bus = id
        self._check_pin("scl", scl)
        self._check_pin("sda", sda)
        common.integer(freq), common.integer(timeout)
        self._heard = wired(self._BUSES[id], {"scl": scl, "sda": sda})

    def scan(self):
        found = []
        for address in range(8, 120):
            device = self._device(address, False)
            if device:
                device.stop()
                found.append(address)
        return found

    def writeto(self, addr, buf, stop=True):
        device = self._start(addr, False)
        count = 0
        for byte in bytes(buf):
            if not device.write(byte):
                break
            count += 1
        if stop:
            device.stop()
        return count

    def readfrom(self, addr, nbytes, stop=True):
        buf = bytearray(nbytes)
        self.readfrom_into(addr, buf, stop)
        return bytes(buf)

    def readfrom_into(self, addr, buf, stop=True):
        device = self._start(addr, True)
        for i in range(len(buf)):
            buf[i] = device.read()
        if stop:
            device.stop()

    def _start(self, address, read):
        device = self._device(common.integer(address), read)
        if device is None:
            raise OSError(self._NACK)
        return device

    def _device(self, address, read):
        return world_bus.answering(self._bus, address, read) if self._heard else None


def _pins(settings):
    return {key: settings[key] for key in ("sck", "mosi", "miso")}
