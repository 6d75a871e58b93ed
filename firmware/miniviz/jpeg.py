"""Follows a JPEG's markers to its end, piece by piece (ITU-T T.81, annex B)."""

from .port import const

try:
    from .bulk_viper import marker
except (ImportError, SyntaxError, ValueError):  # CPython; a port without native code; .mpy of another chip
    from .bulk_plain import marker

_MARK = const(0)  # between segments: 0xFF must come
_CODE = const(1)  # after 0xFF: which marker
_HIGH = const(2)  # the length of a segment, high byte
_LOW = const(3)
_DATA = const(4)  # the picture itself, in which a marker stands out
_CODE_IN_DATA = const(5)


class Jpeg:
    """The state of the walk; feed() gets the bytes after the first two (FF D8), in order."""

    def __init__(self):
        self._state = _MARK
        self._skip = 0
        self._scan = False
        self.fault = None  # what is wrong, once something is

    def feed(self, buf, i, end):
        """Follow the bytes from i to end: the place after the end marker, or 0 if it is not there."""
        while i < end and not self.fault:
            if self._skip:
                step = min(self._skip, end - i)
                self._skip -= step
                i += step
            elif self._state == _DATA:
                i = marker(buf, i, end)
                if i < end:
                    self._state = _CODE_IN_DATA
                    i += 1
            else:
                if self._byte(buf[i]):
                    return i + 1
                i += 1
        return 0

    def _byte(self, byte):
        """One byte outside the data; True at the end marker."""
        state = self._state
        if state == _MARK:
            if byte != 0xFF:
                self.fault = "garbled: 0x%02X where a marker belongs" % byte
            self._state = _CODE
        elif state == _HIGH:
            self._skip_high = byte << 8
            self._state = _LOW
        elif state == _LOW:
            self._segment(self._skip_high + byte - 2)
        elif state == _CODE_IN_DATA and (byte == 0 or 0xD0 <= byte <= 0xD7):
            self._state = _DATA
        else:
            return self._code(byte)
        return False

    def _code(self, byte):
        if byte == 0xD9:
            return True
        if byte == 0xDA or 0xE0 <= byte <= 0xEF or byte in (0xC4, 0xDB, 0xDD, 0xFE) or 0xC0 <= byte <= 0xC2:
            self._scan = byte == 0xDA
            self._state = _HIGH
        elif byte != 0xFF:  # 0xFF may be repeated
            self.fault = "garbled: the marker FF %02X has no place in it" % byte
        return False

    def _segment(self, length):
        if length < 0:
            self.fault = "garbled: a segment without a length"
        self._skip = max(length, 0)
        self._state = _DATA if self._scan else _MARK
