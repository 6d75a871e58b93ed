"""The config.json that a filled-in form asks for, laid over the one that is there."""

import json
import sys

from . import config

FIELDS = ("pick", "ssid", "password", "project", "token", "label", "url")
URL = "https://api.miniviz.net"


def stored(path="config.json"):
    """(what stands in the file, or {}; the sentence on what is wrong with it, or None)."""
    try:
        with open(path) as file:
            raw = json.load(file)
    except OSError:
        return {}, None
    except ValueError:
        return {}, "config.json is not valid JSON"
    try:
        config.check(raw, config.load_board())
    except config.ConfigError as error:
        return {}, str(error)
    return raw, None


def made(old, wanted, board):
    """The new file as a dict: settings that the form does not know stay as they are."""
    raw = dict(old)
    raw["board"] = old.get("board") or board.get("board") or sys.platform
    there = dict(old.get("miniviz") or {})
    for name in ("project", "label"):
        there[name] = wanted[name].strip()
    address = wanted["url"].strip().rstrip("/") or URL
    # Whoever may only send the board elsewhere must not get the stored token sent there.
    token = wanted["token"].strip() or (there.get("token") if address == there.get("url", URL) else None)
    there["url"], there["token"] = address, token or ""
    raw["miniviz"] = there
    raw["wifi"] = _networks(old.get("wifi") or [], wanted["pick"] or wanted["ssid"], wanted["password"])
    if not old.get("sensors"):
        raw["sensors"] = board.get("sensors") or [{"type": "system"}]
    return raw


def look(raw):
    """Refuse what config.check() would let through or name in words that no form shows."""
    ssid, there = raw["wifi"][0]["ssid"], raw["miniviz"]
    given = ("WiFi network", ssid), ("project id", there["project"]), ("token", there["token"])
    for name, value in given + (("label", there["label"]),):
        if not value:
            raise config.ConfigError("the %s is missing" % name)
    if len(ssid.encode()) > 32:
        raise config.ConfigError("the name of the WiFi network is longer than 32 bytes")


def _networks(known, ssid, password):
    """The form's network first, then the others; an empty password keeps the one of the same network."""
    if not password:
        for one in known:
            if one["ssid"] == ssid:
                password = one.get("password", "")
    others = [one for one in known if one["ssid"] != ssid]
    return ([{"ssid": ssid, "password": password}] + others)[:8]
