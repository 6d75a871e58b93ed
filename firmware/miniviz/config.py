"""config.json -> checked settings; every error names its field, what was found and what is allowed."""

import json

from . import sensors
from .schema import ConfigError, check_fields, fail
from .settings import Settings

NTP_HOSTS = ("ntp.nict.jp", "pool.ntp.org", "time.google.com")

_MINIVIZ = {
    "url": ("str", "https://api.miniviz.net", 8, 200),
    "project": ("str", ..., 1, 128),
    "token": ("str", ..., 1, 256),
    "label": ("str", ..., 1, 390),  # with more no reading would be worth its envelope
    "auth": ("choice", "query", ("query", "bearer")),
    "insecure": ("bool", False),  # true: no certificate is checked, and every boot says so
}
_WIFI = {
    "ssid": ("str", ..., 1, 32),  # IEEE 802.11: 32 bytes
    "password": ("str", "", 0, 64),  # WPA2: 8 to 63 characters or 64 hex digits; none for an open network
}
_SENSOR = {
    "type": ("str", ..., 1, 40),
    "every": ("number", 60, 1, 86400),
    "rename": ("map", {}),
    "label": ("str", None, 1, 390),
}
_CAMERA = {
    "type": ("str", ..., 1, 40),
    "every": ("number", 300, 60, 86400),  # PROTOCOL: one picture per 60 s and label
    "label": ("str", None, 1, 128),
    "name": ("str", None, 1, 200),  # what the pictures' names begin with; the label without it
}
_UPDATE = {
    "url": ("str", None, 8, 200),  # without it: /firmware on the server that gets the readings
    "every": ("number", 24, 1, 8760),  # hours
    "within": ("int", 15, 2, 1440),  # minutes in which a new version must deliver
    "key": ("str", None, 16, 128),  # signs the manifests; without it the token does
}
_ROOT = {
    "board": ("str", ..., 1, 40),
    "wifi": ("list", ..., 1, 8),
    "miniviz": ("object", ...),
    "ntp": ("list", NTP_HOSTS, 1, 8),
    "sensors": ("list", ..., 1, 16),
    "camera": ("object", None),
    "send_every": ("number", 60, 1, 86400),
    "store_every": ("number", 600, 0, 86400),  # what a power cut may cost at most while the platform is away
    "when_full": ("choice", "drop_oldest", ("drop_oldest", "keep_oldest", "thin")),
    "watchdog": ("bool", True),
    "report_crashes": ("bool", False),
    "sleep": ("bool", False),
    "button": ("pin", None),  # held at boot it opens the portal
    "transport": ("choice", "session", ("session", "urequests")),
    "update": ("object", None),
    "log": ("choice", "info", ("debug", "info", "warning", "error")),
}


def load(path="config.json", board_path="board.json"):
    """Read and check the file; board.json beside it, if there, says which pins and LED the board has."""
    return check(_read(path), load_board(board_path))


def load_board(path="board.json"):
    """The board's own facts, or {} where the firmware was installed without the host tool."""
    try:
        board = _read(path)
    except ConfigError:
        return {}
    return board if isinstance(board, dict) else {}


def check(raw, board=None):
    """Check a parsed config.json against the tables and the board's pins; raises ConfigError."""
    board = board or {}
    root = check_fields("", raw, _ROOT, board)
    if board and root["board"] != board["board"]:
        fail("board", root["board"], "%s, for which this board was set up" % board["board"])
    root["miniviz"] = _check_miniviz(root["miniviz"], board)
    root["wifi"] = [check_fields("wifi[%d]" % i, w, _WIFI, board) for i, w in enumerate(root["wifi"])]
    root["sensors"] = [_check_sensor("sensors[%d]" % i, s, board) for i, s in enumerate(root["sensors"])]
    if root["camera"] is not None:
        root["camera"] = _check_camera(root["camera"], root["miniviz"]["label"], board)
    if root["update"] is not None:
        root["update"] = check_fields("update", root["update"], _UPDATE, board)
        if root["update"]["url"]:
            root["update"]["url"] = _check_url("update.url", root["update"]["url"])
    _check_pins(root["sensors"], root["camera"] or {})
    for i, entry in enumerate(root["sensors"]):
        if root["button"] is not None and entry.get("pin") == root["button"]:
            fail("button", root["button"], "a pin that sensors[%d] does not use" % i)
    for i, host in enumerate(root["ntp"]):
        if not _is_host(host):
            fail("ntp[%d]" % i, host, "a host name, or host:port")
    platform = root.pop("miniviz")
    for name in platform:
        root[name] = platform[name]
    root["led"], root["led_on"] = board.get("led"), board.get("led_on", 1)
    return Settings(root)


def _read(path):
    try:
        with open(path) as file:
            return json.load(file)
    except OSError:
        raise ConfigError(
            "%s is missing on this board; write one with `miniviz deploy --config FILE`" % path
        ) from None
    except ValueError:
        raise ConfigError(
            "%s is not valid JSON; look for a missing comma, quote or bracket with `python -m json.tool %s`"
            % (path, path)
        ) from None


def _check_url(path, url):
    url = url.rstrip("/")
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https") or not rest or any(c in rest for c in " ?#@"):
        fail(path, url, "https://HOST or http://HOST[:PORT], without query, user or spaces")
    return url


def _check_miniviz(raw, board):
    settings = check_fields("miniviz", raw, _MINIVIZ, board)
    settings["url"] = _check_url("miniviz.url", settings["url"])
    for name in ("project", "token"):
        if not all(" " < c <= "~" for c in settings[name]):
            fail("miniviz." + name, settings[name], "printable ASCII without spaces, as copied from Miniviz")
    return settings


def _check_sensor(path, raw, board):
    if isinstance(raw, dict):  # the type first: which other settings there are hangs on it
        kind = {"type": raw["type"]} if "type" in raw else {}
        check_fields(path, kind, {"type": _SENSOR["type"]}, board)
    else:
        fail(path, raw, 'an object such as {"type": "dht22", "pin": 15}')
    try:
        fields = sensors.fields(raw["type"])
    except sensors.SensorError as error:
        raise ConfigError("config.json: %s.type: %s" % (path, error)) from None
    table = dict(_SENSOR)
    table.update(fields)
    if "pin" in table:
        table["pin"] += (sensors.pin_use(raw["type"]),)
    entry = check_fields(path, raw, table, board)
    least = sensors.min_every(raw["type"])
    if entry["every"] < least:
        fail(path + ".every", entry["every"], "%s s or more for a %s" % (least, raw["type"]))
    return entry


def _check_camera(raw, label, board):
    from . import cameras, image_label  # a device without a camera never loads them

    defaults = board.get("camera") or {}  # how this board's camera is wired
    kind = raw.get("type", defaults.get("type"))
    try:
        fields = cameras.fields(kind) if kind is not None else {}
    except cameras.CameraError as error:
        raise ConfigError("config.json: camera.type: %s" % error) from None
    given = dict(defaults) if kind == defaults.get("type") else {}
    given.update(raw)
    table = dict(_CAMERA)
    table.update(fields)
    entry = check_fields("camera", given, table, board)
    try:
        image_label.check_image_label(entry["label"] or label)
    except ValueError as error:
        raise ConfigError("config.json: camera.label: %s" % error) from None
    return entry


def _check_pins(entries, camera):
    used = {}
    for i, entry in enumerate(entries):
        pin = entry.get("pin")
        if pin is not None and pin in used:
            fail("sensors[%d].pin" % i, pin, "a pin that sensors[%d] does not use" % used[pin])
        used[pin] = i
    for key in ("cs", "sck", "mosi", "miso", "scl", "sda"):
        pin = camera.get(key)
        if pin is not None and pin in used:
            fail("camera." + key, pin, "a pin that sensors[%d] does not use" % used[pin])


def _is_host(host):
    if not isinstance(host, str):
        return False
    name, colon, port = host.partition(":")
    return bool(name) and " " not in name and (not colon or port.isdigit())
