"""`network` on a Pico W: the CYW43439 chip reports a link status from -3 to 3 and never rejoins by itself."""

import errno

import _access_point as point
import _radio
import _wlan_common
import world
from _network_names import country, hostname, text
from _wlan_common import AP_IF, STA_IF, integer

__all__ = (
    "AP_IF",
    "STAT_CONNECTING",
    "STAT_CONNECT_FAIL",
    "STAT_GOT_IP",
    "STAT_IDLE",
    "STAT_NO_AP_FOUND",
    "STAT_WRONG_PASSWORD",
    "STA_IF",
    "WLAN",
    "country",
    "hostname",
)

STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 0, 1, 3
STAT_CONNECT_FAIL, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD = -1, -2, -3
_WPA2 = 4194308
# What the board shows if it is told nothing; the same as main.c of the port sets at power-on.
_DEFAULTS = {"ssid": "PICO0A2F", "key": "picoW123", "security": _WPA2, "channel": 3}
_AP_NAMES = {"ssid": "ssid", "essid": "ssid", "key": "key", "password": "key"}
_FAILURES = {"no_ap": STAT_NO_AP_FOUND, "password": STAT_WRONG_PASSWORD, "failed": STAT_CONNECT_FAIL}


class WLAN(_wlan_common.WLAN):
    SEC_OPEN, SEC_WPA_WPA2 = 0, 4194310
    PM_NONE, PM_POWERSAVE, PM_PERFORMANCE = 16, 17, 10555714
    _TWO_WAYS, _NOT_ONE = "can't specify pos and kw args", "must query one param"
    _AP_DNS = "8.8.8.8"

    def active(self, *is_active):
        if not is_active:
            return point.active() if self._ap else world.state.get("wlan_active", False)
        (on,) = is_active
        if self._ap:
            point.switch(on)
            if on:
                _show()
            return None
        if not on:
            _radio.leave()
        world.state["wlan_active"] = bool(on)
        return None

    def connect(self, ssid, key=None, *, security=-1, bssid=None, channel=-1):
        ssid, key = text(ssid), text(key) if key is not None else ""
        if bssid is not None and len(bssid) != 6:
            raise ValueError()
        if not world.state.get("wlan_active", False):
            raise OSError(errno.EPERM, "EPERM")
        _radio.begin(ssid, key)

    def disconnect(self):
        _radio.leave()

    def isconnected(self):
        return self.status() == STAT_GOT_IP

    def status(self, *param):
        if param:
            return self._told(*param)
        if self._ap:
            return STAT_GOT_IP if point.active() else STAT_IDLE
        link = _radio.look()
        if link == _radio.FAILED:
            return _FAILURES[_radio.why]
        # A lost access point reads as link down; only another connect() brings it back.
        return {_radio.JOINING: STAT_CONNECTING, _radio.UP: STAT_GOT_IP}.get(link, STAT_IDLE)

    def scan(self, *, passive=False, ssid=None, bssid=None):
        if not world.state.get("wlan_active", False):
            raise OSError(errno.EPERM, "EPERM")
        world.sleep_ms(1800)
        return [(name, mac, ch, rssi, 5 if key else 0, 1) for name, mac, ch, rssi, key in _radio.heard()]

    def _told(self, param):
        if param == "stations":
            if not self._ap:
                raise ValueError("AP required")
            return point.stations()
        if param != "rssi":
            raise ValueError("unknown status param")
        found = _radio.network(_radio.ssid) if _radio.look() == _radio.UP else None
        return found.get("rssi", -60) if found else 0

    def _values(self):
        shown = _known() if self._ap else {"ssid": _radio.ssid or ""}
        return {
            "mac": bytes([0x28, 0xCD, 0xC1, 0, 0, 1]),
            "ssid": shown["ssid"],
            "essid": shown["ssid"],
            "security": _known()["security"] if self._ap else 0,
            "pm": world.state.get("wlan_pm", WLAN.PM_PERFORMANCE),
            "txpower": world.state.get("wlan_txpower", 31),
            "hostname": hostname(),
            "channel": shown.get("channel", 6),
        }

    def _set_all(self, settings):
        """Whichever interface is asked: the access point's settings are one set, used when it starts."""
        for name in settings:
            value = settings[name]
            if name in _AP_NAMES:
                point.settings()[_AP_NAMES[name]] = text(value)
            elif name in ("security", "channel"):
                point.settings()[name] = integer(value)
            else:
                _set(name, value)


def _known():
    return dict(_DEFAULTS, **point.settings())


def _show():
    """A key that WPA2 does not allow keeps the access point off the air, without a word."""
    known = _known()
    if not known["security"] or 8 <= len(known["key"]) <= 64:
        point.show(**known)


def _set(name, value):
    if name == "hostname":
        hostname(value)
    elif name in ("pm", "txpower"):
        world.state["wlan_" + name] = integer(value)
    elif name in ("antenna", "monitor", "trace"):
        raise NotImplementedError("the lab's WLAN does not play config(%s=)" % name)
    else:
        raise ValueError("unknown config param")
