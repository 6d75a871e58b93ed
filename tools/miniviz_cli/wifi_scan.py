"""The WiFi networks that the board itself hears: what this computer hears stands elsewhere."""

import json
from typing import NamedTuple

from . import onboard

# Hexadecimal, for an SSID is up to 32 bytes of anything.
_SCAN = """
import network, binascii, json
w = network.WLAN(network.STA_IF)
w.active(True)
try:
    found = [[binascii.hexlify(n[0]).decode(), n[3], n[4]] for n in w.scan()]
except OSError:
    found = []
print("scan", json.dumps(found))
"""


class Heard(NamedTuple):
    """A network, its strength in dBm, and whether it has a password."""

    ssid: str
    rssi: int
    locked: bool


def scan(port: str | None) -> list[Heard]:
    """The networks, strongest first; hidden ones and names that are no UTF-8 are left out."""
    best: dict[str, Heard] = {}
    for name, rssi, security in json.loads(onboard.answer(port, _SCAN, "scan ")):
        try:
            ssid = bytes.fromhex(name).decode()
        except UnicodeDecodeError:
            continue
        if ssid.strip("\0") and (ssid not in best or best[ssid].rssi < rssi):
            best[ssid] = Heard(ssid, rssi, bool(security))
    return sorted(best.values(), key=lambda heard: -heard.rssi)
