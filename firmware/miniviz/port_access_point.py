"""port.py's part for the portal: how each board opens an access point, and what its name is made of."""

import binascii
import os


def unique():
    """The board's own number in hex."""
    import machine

    return binascii.hexlify(machine.unique_id()).decode()


def password():
    """A new password of 12 letters and digits that nobody mistakes for each other: 59 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    out = ""
    while len(out) < 12:
        byte = os.urandom(1)[0]
        if byte < 248:  # 8 times 31: none of them comes more often
            out += letters[byte % 31]
    return out


def start(ssid, key):
    """Open it with WPA2; returns the interface."""
    import network

    point = network.WLAN(network.AP_IF)
    try:
        _open(point, ssid, key, getattr(network, "AUTH_WPA2_PSK", None))
    except Exception:  # an esp32 would stay on the air as it begins: without a password
        point.active(False)
        raise
    return point


def _open(point, ssid, key, wpa2):
    if wpa2 is None:  # rp2 takes the settings before it starts, and WPA2 is its own choice
        point.config(ssid=ssid, key=key)
        point.active(True)
    else:  # the ESP-IDF takes them only once the interface is on
        point.active(True)
        point.config(ssid=ssid, key=key, security=wpa2)
