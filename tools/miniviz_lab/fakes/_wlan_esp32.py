"""`network` on an ESP32: the IDF retries by itself; status() shows the last failure until a link is up."""

import _access_point as point
import _radio
import _wlan_common
import world
from _network_names import country, hostname, text
from _wlan_common import AP_IF, STA_IF, integer

__all__ = (
    "AP_IF",
    "AUTH_WPA2_PSK",
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

AUTH_WPA2_PSK = 3
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
STAT_BEACON_TIMEOUT, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD = 200, 201, 202
STAT_ASSOC_FAIL = STAT_CONNECT_FAIL = 203
STAT_HANDSHAKE_TIMEOUT = 204
_DEFAULT_SSID = "ESP_280001"
_AP_NAMES = {
    "ssid": "ssid",
    "essid": "ssid",
    "hidden": "hidden",
    "security": "security",
    "authmode": "security",
    "key": "key",
    "password": "key",
    "max_clients": "max_clients",
}
_LEFT = 8  # the IDF's reason after disconnect()
_SHOWN = (201, 202, 210, 211, 212)  # reasons that status() shows even while the IDF still tries


class WLAN(_wlan_common.WLAN):
    SEC_OPEN, SEC_WPA2 = 0, 3
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2
    _TWO_WAYS, _NOT_ONE = "either pos or kw args are allowed", "can query only one param"
    _AP_DNS = "0.0.0.0"

    def __init__(self, interface_id=0):
        super().__init__(interface_id)
        if interface_id not in (STA_IF, AP_IF):
            raise ValueError("invalid WLAN interface identifier")

    def active(self, *is_active):
        if self._ap:
            return self._ap_active(*is_active)
        if is_active:
            (on,) = is_active
            if on and world.strikes("radio_memory"):
                raise OSError("WiFi Out of Memory")
            if not on:
                _radio.leave()
                _station["wanted"] = False
            world.state["wlan_active"] = bool(on)
        return world.state.get("wlan_active", False)

    def _ap_active(self, *is_active):
        if is_active:
            point.switch(*is_active)
            if point.active():
                _show()
        return point.active()

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
        if self._ap:
            return bool(point.stations())
        return _follow() == _radio.UP

    def status(self, *param):
        if param:
            return self._told(*param)
        if self._ap:
            return None
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
        if not world.state.get("wlan_active", False):
            raise OSError("STA must be active")
        if _follow() == _radio.JOINING:
            return []  # the scan does not start, and the port hides it
        world.sleep_ms(2400)
        return [(name, mac, ch, rssi, 3 if key else 0, False) for name, mac, ch, rssi, key in _radio.heard()]

    def _told(self, param):
        if param == "stations":
            _require(self._ap, "AP")
            return point.stations()
        if param != "rssi":
            raise ValueError("unknown status param")
        _require(not self._ap, "STA")
        found = _radio.network(_radio.ssid) if _follow() == _radio.UP else None
        if not found:
            raise OSError("Wifi Not Connected")
        return found.get("rssi", -60)

    def _values(self):
        shown = point.settings() if self._ap else {"ssid": _radio.ssid or ""}
        values = {
            "mac": bytes([0x24, 0x6F, 0x28, 0, 0, 1 + self._ap]),
            "ssid": shown.get("ssid", _DEFAULT_SSID),
            "essid": shown.get("ssid", _DEFAULT_SSID),
            "pm": world.state.get("wlan_pm", WLAN.PM_PERFORMANCE),
            "txpower": world.state.get("wlan_txpower", 20.0),
            "hostname": hostname(),
            "channel": shown.get("channel", 6),
        }
        if not self._ap:
            values["reconnects"] = _station["limit"] - 1
            return values
        security = shown.get("security", WLAN.SEC_OPEN)
        values.update({"hidden": shown.get("hidden", False), "security": security, "authmode": security})
        values["max_clients"] = shown.get("max_clients", 4)
        return values

    def _set_all(self, settings):
        for name in settings:
            if name in _AP_NAMES:
                _require(self._ap, "AP")
                point.settings()[_AP_NAMES[name]] = settings[name]
            elif self._ap and name == "channel":
                point.settings()[name] = integer(settings[name])
            elif self._ap and name == "reconnects":
                _require(False, "STA")
            else:
                _set(name, settings[name])
        if self._ap:
            # The IDF takes them for an interface that is on: https://github.com/micropython/micropython/issues/7504
            if not point.active():
                raise OSError("Wifi Invalid Mode")
            _show()


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


def _require(right, interface):
    if not right:
        raise OSError(interface + " required")


def _show():
    """Let the access point be seen as it is set, where the IDF takes the settings."""
    known = point.settings()
    key, security = text(known.get("key", "")), integer(known.get("security", WLAN.SEC_OPEN))
    if security == 1:
        raise OSError("Wifi Unknown Error 0x0102")  # no WEP
    if security and len(key) < 8:
        raise OSError("Wifi Invalid Password")
    channel = known.get("channel", 1)
    point.show(
        ssid=text(known.get("ssid", _DEFAULT_SSID))[:32], key=key[:63], security=security, channel=channel
    )


def _set(name, value):
    if name == "hostname":
        hostname(value)
    elif name in ("reconnects", "pm"):
        integer(value)
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
    elif name in ("mac", "channel", "bandwidth", "protocol"):
        raise NotImplementedError("the lab's WLAN does not play config(%s=)" % name)
    else:
        raise ValueError("unknown config param")
