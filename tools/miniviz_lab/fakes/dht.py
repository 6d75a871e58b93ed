"""The module `dht`: a sensor that needs a second after power-on and its pause between two measurements."""

import errno

import machine
import world

_PAUSE_MS = {"dht22": 2000, "dht11": 1000}


class DHTBase:
    def __init__(self, pin):
        self.pin = pin
        self.buf = bytearray(5)

    def measure(self):
        pin = machine.Pin(self.pin)._name
        world.sleep_ms(270)  # the start pulse and its lead; interrupts are off for the last 5 ms
        kind = world.dht.get(pin)
        if kind is None or world.powered_ms() < 1000 or world.strikes("dht_absent", pin):
            # The text is for CPython, which sets errno only from two arguments.
            raise OSError(errno.ETIMEDOUT, "ETIMEDOUT")
        self.buf[:] = _answer(pin, kind)
        if world.strikes("dht_checksum", pin):
            self.buf[4] ^= 0x10
        if sum(self.buf[:4]) & 0xFF != self.buf[4]:
            raise Exception("checksum error")


class DHT11(DHTBase):
    def humidity(self):
        return self.buf[0]

    def temperature(self):
        return self.buf[2]


class DHT22(DHTBase):
    def humidity(self):
        return (self.buf[0] << 8 | self.buf[1]) * 0.1

    def temperature(self):
        tenths = (self.buf[2] & 0x7F) << 8 | self.buf[3]
        return (-tenths if self.buf[2] & 0x80 else tenths) * 0.1


def _answer(pin, kind):
    # A sensor that is asked too soon repeats what it measured before.
    last = world.state.get("dht%d" % pin)
    if last and world.elapsed_ms() - last[0] < _PAUSE_MS[kind]:
        return last[1]
    answer = _frame(kind, world.temperature(), world.humidity())
    world.state["dht%d" % pin] = (world.elapsed_ms(), answer)
    return answer


def _frame(kind, temperature, humidity):
    if kind == "dht11":
        data = [int(humidity), 0, max(int(temperature), 0), 0]
    else:
        tenths, percent = round(abs(temperature) * 10), round(humidity * 10)
        data = [percent >> 8, percent & 255, tenths >> 8 | (0x80 if temperature < 0 else 0), tenths & 255]
    return bytes(data + [sum(data) & 255])
