"""What `network.WLAN` does alike on both ports: its two interfaces, and how config() is called."""

import _access_point as point
import _radio

STA_IF, AP_IF = 0, 1


def integer(value):
    """An int as the C code of a board takes it."""
    if not isinstance(value, int):
        raise TypeError("can't convert %s to int" % type(value).__name__)
    return value


class WLAN:
    """A port's subclass says in `_TWO_WAYS` and `_NOT_ONE` how it refuses a wrong call of config()."""

    IF_STA, IF_AP = STA_IF, AP_IF

    def __init__(self, interface_id=0):
        self._ap = integer(interface_id) != STA_IF

    def ifconfig(self):
        if self._ap:
            return point.addresses(self._AP_DNS)
        return _radio.addresses() if self.isconnected() else ("0.0.0.0",) * 4

    def config(self, *param, **settings):
        if settings:
            if param:
                raise TypeError(self._TWO_WAYS)
            self._set_all(settings)
            return None
        if len(param) != 1:
            raise TypeError(self._NOT_ONE)
        values = self._values()
        if param[0] not in values:
            raise ValueError("unknown config param")
        return values[param[0]]
