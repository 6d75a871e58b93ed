"""Does somebody ask for the portal? Looked at once per boot, before anything else is loaded."""

import json
import os

from . import port


def asks_for_portal():
    """True without a config.json, or while the button is held that config.json or board.json names."""
    try:
        os.stat("config.json")
    except OSError:
        return True
    pin = _pin(_read("config.json"), _read("board.json"))
    return pin is not None and _held(pin)


def _pin(config, board):
    """The config's own button, else the board's unless a sensor hangs on its pin."""
    if config.get("button") is not None:
        return config["button"]
    pin, sensors = board.get("button"), config.get("sensors")
    for sensor in sensors if isinstance(sensors, list) else ():
        if isinstance(sensor, dict) and sensor.get("pin") == pin:
            return None
    return pin


def _held(pin):
    """Low three times in 20 ms."""
    try:
        if pin == "BOOTSEL":  # it has no GPIO
            from rp2 import bootsel_button

            level = lambda: 0 if bootsel_button() else 1  # noqa: E731
        else:
            from machine import Pin

            level = Pin(pin, Pin.IN, Pin.PULL_UP).value
        for _ in range(3):
            port.sleep_ms(10)
            if level():
                return False
        return True
    except (ImportError, ValueError, TypeError):  # a computer, or a pin that config.py will name
        return False


def _read(path):
    try:
        with open(path) as file:
            found = json.load(file)
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}
