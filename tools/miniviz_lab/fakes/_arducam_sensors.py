"""The sensors behind ArduCAM Mini on I2C (SCCB): OV2640 with two banks, OV5642 with 16-bit registers."""

import world


class Sccb:
    """An address, registers, and no repeated start: what is read was named in an earlier transfer."""

    def start(self, address, read):
        if address != self.ADDRESS or world.strikes("camera_absent"):
            return False
        self._bytes = []
        return True

    def write(self, byte):
        self._bytes.append(byte)
        if len(self._bytes) == self.WIDTH:
            self._named = int.from_bytes(bytes(self._bytes), "big")
        elif len(self._bytes) == self.WIDTH + 1:
            self._set(self._named, byte)
        elif len(self._bytes) > self.WIDTH + 1:
            return False
        return True

    def read(self):
        return self._get(self._named)

    def stop(self):
        self._bytes = []


class Ov2640(Sccb):
    ADDRESS, WIDTH = 0x30, 1

    def __init__(self):
        self._named, self._bank = 0, 0
        self.banks = ({}, {})

    def _set(self, register, value):
        if register == 0xFF:
            self._bank = value & 1
        elif self._bank and register == 0x12 and value & 0x80:
            self.banks = ({}, {})
        else:
            self.banks[self._bank][register] = value

    def _get(self, register):
        if self._bank:
            return {0x0A: 0x26, 0x0B: 0x42}.get(register, self.banks[1].get(register, 0))
        return self.banks[0].get(register, 0)

    def setting(self):
        """(width, height, quality) as the registers have it, refused where they contradict each other."""
        dsp = self.banks[0]
        if not dsp.get(0xDA, 0) & 0x10:
            raise ValueError("the OV2640 is not set for JPEG")
        if dsp.get(0xE0):
            raise ValueError("the OV2640's processing is held in reset")
        high = dsp[0x55]
        window = ((dsp[0x51] | high << 5 & 0x100) * 4, (dsp[0x52] | high << 1 & 0x100) * 4)
        sensor = (800, 600) if self.banks[1].get(0x12) == 0x40 else (1600, 1200)
        if window != sensor or (dsp[0xC0] * 8, dsp[0xC1] * 8) != sensor:
            raise ValueError("the OV2640's window %s is not its sensor's %s" % (window, sensor))
        width = (dsp[0x5A] | (dsp[0x5C] & 3) << 8) * 4
        height = (dsp[0x5B] | (dsp[0x5C] & 4) << 6) * 4
        halves = dsp[0x50] & 7
        if window[0] >> halves < width or window[1] >> halves < height:
            raise ValueError("the OV2640 cannot scale up to %d x %d" % (width, height))
        return width, height, 100 - dsp.get(0x44, 12) * 100 // 63


class Ov5642(Sccb):
    ADDRESS, WIDTH = 0x3C, 2

    def __init__(self):
        self._named, self.registers = 0, {}

    def _set(self, register, value):
        if register == 0x3008 and value == 0x80:
            self.registers = {}
        self.registers[register] = value

    def _get(self, register):
        return {0x300A: 0x56, 0x300B: 0x42}.get(register, self.registers.get(register, 0))

    def setting(self):
        """(width, height, quality) as the registers have it."""
        known = self.registers
        if not known.get(0x3818, 0) & 0x08 or known.get(0x501F) != 0:
            raise ValueError("the OV5642 is not set for JPEG")
        width, height = known[0x3808] << 8 | known[0x3809], known[0x380A] << 8 | known[0x380B]
        return width, height, 100 - (known[0x4407] - 2) * 100 // 30


SENSORS = {"ov2640": Ov2640, "ov5642": Ov5642}
