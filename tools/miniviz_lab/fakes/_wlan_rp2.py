"""`network` on a Pico W: the CYW43439 chip reports a link status from -3 to 3 and never rejoins by itself."""

import errno

import _radio
import world
from _network_names import country, hostname, text

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

STA_IF, AP_IF = 0, 1
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 0, 1, 3
STAT_CONNECT_FAIL, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD = -1, -2, -3
_FAILURES = {"no_ap": STAT_NO_AP_FOUND, "password": STAT_WRONG_PASSWORD, "failed": STAT_CONNECT_FAIL}


class WLAN:
    IF_STA, IF_AP = 0, 1
    SEC_OPEN, SEC_WPA_WPA2 = 0, 4194310
    PM_NONE, PM_POWERSAVE, PM_PERFORMANCE = 16, 17, 10555714

    def __init__(self, interface_id=0):
        if not isinstance(interface_id, int):
            raise TypeError("can't convert %s to int" % type(interface_id).__name__)
        if interface_id != STA_IF:
            raise NotImplementedError("the lab plays no access point")

    def active(self, *is_active):
        if not is_active:
            return world.state.get("wlan_active", False)
        (on,) = is_active
        if not on:
            _radio.leave()
        world.state["wlan_active"] = bool(on)
        return None

    def connect(self, ssid, key=None, *, security=-1, bssid=None, channel=-1):
        ssid, key = text(ssid), text(key) if key is not None else ""
        if bssid is not None and len(bssid) != 6:
            raise ValueError()
        if not self.active():
            raise OSError(errno.EPERM, "EPERM")
        _radio.begin(ssid, key)

    def disconnect(self):
        _radio.leave()

    def isconnected(self):
        return self.status() == STAT_GOT_IP

    def status(self, *param):
        if param:
            return _rssi(*param)
        link = _radio.look()
        if link == _radio.FAILED:
            return _FAILURES[_radio.why]
        # A lost access point reads as link down; only another connect() brings it back.
        return {_radio.JOINING: STAT_CONNECTING, _radio.UP: STAT_GOT_IP}.get(link, STAT_IDLE)

    def scan(self, *, passive=False, ssid=None, bssid=None):
        if not self.active():
            raise OSError(errno.EPERM, "EPERM")
        world.sleep_ms(1800)
        return [(name, mac, ch, rssi, 5 if key else 0, 1) for name, mac, ch, rssi, key in _radio.heard()]

    def ifconfig(self):
        return _radio.addresses() if self.isconnected() else ("0.0.0.0",) * 4

    def config(self, *param, **settings):
        if settings:
            if param:
                raise TypeError("can't specify pos and kw args")
            for name in settings:
                _set(name, settings[name])
            return None
        if len(param) != 1:
            raise TypeError("must query one param")
        return _get(param[0])


def _rssi(param):
    if param != "rssi":
        raise ValueError("unknown status param")
    found = _radio.network(_radio.ssid) if _radio.look() == _radio.UP else None
    return found.get("rssi", -60) if found else 0


def _get(name):
    values = {
        "mac": bytes([0x28, 0xCD, 0xC1, 0, 0, 1]),
        "ssid": _radio.ssid or "",
        "essid": _radio.ssid or "",
        "pm": world.state.get("wlan_pm", WLAN.PM_PERFORMANCE),
        "txpower": world.state.get("wlan_txpower", 31),
        "hostname": hostname(),
        "channel": 6,
    }
    if name not in values:
        raise ValueError("unknown config param")
    return values[name]


def _set(name, value):
    if name == "hostname":
        hostname(value)
    elif name in ("pm", "txpower"):
        if not isinstance(value, int):
            raise TypeError("can't convert %s to int" % type(value).__name__)
        world.state["wlan_" + name] = value
    elif name in ("ssid", "essid", "key", "password", "security", "channel", "antenna", "monitor", "trace"):
        raise NotImplementedError("the lab's WLAN does not play config(%s=)" % name)
    else:
        raise ValueError("unknown config param")
