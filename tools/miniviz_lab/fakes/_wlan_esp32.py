"""`network` on an ESP32: the IDF retries by itself; status() shows the last failure until a link is up."""

import _radio
import world
from _network_names import country, hostname, text

__all__ = (
    "AP_IF",
    "STAT_ASSOC_FAIL",
    "STAT_BEACON_TIMEOUT",
    "STAT_CONNECTING",
    "STAT_CONNECT_FAIL",
    "STAT_GOT_IP",
    "STAT_HANDSHAKE_TIMEOUT",
    "STAT_IDLE",
    "STAT_NO_AP_FOUND",
    "STAT_WRONG_PASSWORD",
    "STA_IF",
    "WLAN",
    "country",
    "hostname",
)

STA_IF, AP_IF = 0, 1
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
STAT_BEACON_TIMEOUT, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD = 200, 201, 202
STAT_ASSOC_FAIL = STAT_CONNECT_FAIL = 203
STAT_HANDSHAKE_TIMEOUT = 204
_LEFT = 8  # the IDF's reason after disconnect()
_SHOWN = (201, 202, 210, 211, 212)  # reasons that status() shows even while the IDF still tries


class WLAN:
    IF_STA, IF_AP = 0, 1
    SEC_OPEN, SEC_WPA2 = 0, 3
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2

    def __init__(self, interface_id=0):
        if not isinstance(interface_id, int):
            raise TypeError("can't convert %s to int" % type(interface_id).__name__)
        if interface_id not in (STA_IF, AP_IF):
            raise ValueError("invalid WLAN interface identifier")
        if interface_id == AP_IF:
            raise NotImplementedError("the lab plays no access point")

    def active(self, *is_active):
        if is_active:
            (on,) = is_active
            if on and world.strikes("radio_memory"):
                raise OSError("WiFi Out of Memory")
            if not on:
                _radio.leave()
                _station["wanted"] = False
            world.state["wlan_active"] = bool(on)
        return world.state.get("wlan_active", False)

    def connect(self, ssid=None, key=None, *, bssid=None):
        ssid, key = _named(ssid), _named(key)
        if bssid is not None and len(bssid) != 6:
            raise ValueError()
        _require_started()
        if _follow() == _radio.JOINING:
            # The IDF's "sta is connecting, return error": https://github.com/micropython/micropython/issues/17661
            raise OSError("Wifi Internal Error")
        if ssid is None:
            _radio.again()
        else:
            _radio.begin(ssid, key or "")
        _station["wanted"], _station["tries"] = True, 0

    def disconnect(self):
        _require_started()
        _follow()
        _station["wanted"] = False
        if _radio.leave():
            _station["reason"] = _LEFT

    def isconnected(self):
        return _follow() == _radio.UP

    def status(self, *param):
        if param:
            return _rssi(*param)
        link, reason = _follow(), _station["reason"]
        if link == _radio.UP:
            return STAT_GOT_IP
        if reason in _SHOWN:
            return reason
        if reason == _LEFT:
            return STAT_IDLE
        if _station["wanted"] and (not _station["limit"] or _station["tries"] < _station["limit"]):
            return STAT_CONNECTING
        return reason or STAT_IDLE

    def scan(self):
        if not self.active():
            raise OSError("STA must be active")
        if _follow() == _radio.JOINING:
            return []  # the scan does not start, and the port hides it
        world.sleep_ms(2400)
        return [(name, mac, ch, rssi, 3 if key else 0, False) for name, mac, ch, rssi, key in _radio.heard()]

    def ifconfig(self):
        return _radio.addresses() if self.isconnected() else ("0.0.0.0",) * 4

    def config(self, *param, **settings):
        if settings:
            if param:
                raise TypeError("either pos or kw args are allowed")
            for name in settings:
                _set(name, settings[name])
            return None
        if len(param) != 1:
            raise TypeError("can query only one param")
        return _get(param[0])


# wanted: connect() was called; reason: of the last failure; limit: tries before the IDF gives up, 0 for never
_station = {"wanted": False, "reason": 0, "tries": 0, "limit": 0}


def _follow():
    """Bring the IDF's own retries up to date with the air, and return the link's state."""
    link = _radio.look()
    if link == _radio.UP:
        _station["reason"] = 0
    elif link == _radio.FAILED:
        reasons = {"no_ap": 201, "password": world.wrong_password_reason, "failed": 203}
        _fail(reasons[_radio.why])
    elif link == _radio.LOST:
        _fail(STAT_BEACON_TIMEOUT)
    return _radio.look()


def _fail(reason):
    _station["reason"] = reason
    _radio.leave()
    if not _station["wanted"]:
        return
    if _station["limit"]:
        _station["tries"] += 1
        if _station["tries"] >= _station["limit"]:
            return
    _radio.again()


def _named(value):
    return None if value is None else text(value)


def _require_started():
    if not world.state.get("wlan_active", False):
        raise OSError("Wifi Not Started")


def _rssi(param):
    if param != "rssi":
        raise ValueError("unknown status param")
    found = _radio.network(_radio.ssid) if _follow() == _radio.UP else None
    if not found:
        raise OSError("Wifi Not Connected")
    return found.get("rssi", -60)


def _get(name):
    values = {
        "mac": bytes([0x24, 0x6F, 0x28, 0, 0, 1]),
        "ssid": _radio.ssid or "",
        "essid": _radio.ssid or "",
        "pm": world.state.get("wlan_pm", WLAN.PM_PERFORMANCE),
        "txpower": world.state.get("wlan_txpower", 20.0),
        "hostname": hostname(),
        "channel": 6,
        "reconnects": _station["limit"] - 1,
    }
    if name not in values:
        raise ValueError("unknown config param")
    return values[name]


def _set(name, value):
    if name == "hostname":
        hostname(value)
    elif name in ("reconnects", "pm"):
        if not isinstance(value, int):
            raise TypeError("can't convert %s to int" % type(value).__name__)
        if name == "reconnects":
            _station["limit"] = 0 if value == -1 else value + 1
        else:
            _require_started()
            if value not in (0, 1, 2):
                raise RuntimeError("Wifi Unknown Error 0x0102")  # ESP_ERR_INVALID_ARG
            world.state["wlan_pm"] = value
    elif name == "txpower":
        _require_started()
        world.state["wlan_txpower"] = float(value)
    elif name in ("ssid", "essid", "hidden", "security", "authmode", "key", "password", "max_clients"):
        raise OSError("AP required")
    elif name in ("mac", "channel", "bandwidth", "protocol"):
        raise NotImplementedError("the lab's WLAN does not play config(%s=)" % name)
    else:
        raise ValueError("unknown config param")
