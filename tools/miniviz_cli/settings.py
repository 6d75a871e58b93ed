"""A config.json as data: one value set by its path, secrets masked, pins proposed from the board's table."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from . import firmware_code
from .boards import Board, Pin
from .errors import UserError

Settings = dict[str, Any]
_SECRET = ("token", "password")
_PART = re.compile(r"[^.\[\]]+")


def put(settings: Settings, path: str, text: str) -> None:
    """Set `miniviz.label`, `wifi[0].password` or `sensors.0.pin`; the text is JSON where it is some."""
    parts = _PART.findall(path)
    if not parts:
        raise UserError(f"'{path}' is no setting, for example miniviz.label", 2)
    place: Any = settings
    for done, part in enumerate(parts[:-1]):
        place = _into(place, part, ".".join(parts[: done + 1]))
    last, value = parts[-1], text if parts[-1] in _SECRET else _value(text)
    if isinstance(place, list):
        entries = cast("list[Any]", place)
        number = _number(last, len(entries) + 1, path)
        entries[number : number + 1] = [value]
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise UserError(f"{path}: there is nothing to set below a single value", 2)


def _into(place: Any, part: str, path: str) -> Any:
    if isinstance(place, list):
        entries = cast("list[Any]", place)
        return entries[_number(part, len(entries), path)]
    if isinstance(place, dict):
        return cast("Settings", place).setdefault(part, {})
    raise UserError(f"{path}: there is nothing below a single value", 2)


def _number(part: str, count: int, path: str) -> int:
    if not part.isdigit() or int(part) >= count:
        raise UserError(f"{path}: '{part}' is no place in this list; 0 to {count - 1} are", 2)
    return int(part)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def masked(value: Any) -> Any:
    """A copy in which no secret can be read."""
    if isinstance(value, Mapping):
        table = cast("Mapping[str, Any]", value)
        return {key: "********" if key in _SECRET and one else masked(one) for key, one in table.items()}
    if isinstance(value, list):
        return [masked(one) for one in cast("list[Any]", value)]
    return value


def check(settings: Settings, board: Board) -> None:
    """What the firmware would say to it."""
    module = firmware_code.config()
    try:
        module.check(json.loads(json.dumps(settings)), board.device_facts())
    except module.ConfigError as error:
        raise UserError(str(error)) from None


def taken_pins(settings: Settings) -> set[int]:
    """The pins that sensors use already."""
    sensors = settings.get("sensors")
    entries = cast("list[Any]", sensors) if isinstance(sensors, list) else []
    found = (cast("Settings", entry).get("pin") for entry in entries if isinstance(entry, dict))
    return {pin for pin in found if isinstance(pin, int)}


def free_pins(board: Board, kind: str, taken: set[int]) -> list[int]:
    """Pins that suit the sensor, the best first: no strapping pin, no LED, buses kept free if possible."""
    use = firmware_code.sensors().pin_use(kind)
    i2c, spi = board.buses.i2c, board.buses.spi
    busy = {*((i2c.scl, i2c.sda) if i2c else ()), *((spi.sck, spi.mosi, spi.miso) if spi else ())}

    def suits(pin: Pin) -> bool:
        if pin.gpio in taken or pin.strapping or pin.gpio == board.led.pin:
            return False
        return pin.adc if use == "adc" else use == "in" or not pin.input_only

    def rank(pin: Pin) -> tuple[bool, bool, bool, int]:
        spent = pin.adc if use != "adc" else not pin.input_only
        return (pin.gpio != board.dht22.data or use == "adc", pin.gpio in busy, spent, pin.gpio)

    return [pin.gpio for pin in sorted(filter(suits, board.pins), key=rank)]


def warn(board: Board, gpio: int) -> str | None:
    """What speaks against a pin that works: it decides how the board starts."""
    pin = next((pin for pin in board.pins if pin.gpio == gpio), None)
    return f"GPIO {gpio} of the {board.title}: {pin.strapping}" if pin and pin.strapping else None


def needs_pin(kind: str) -> bool:
    """Does this sensor hang on a pin? Raises UserError for an unknown one."""
    module = firmware_code.sensors()
    try:
        return "pin" in module.fields(kind)
    except module.SensorError as error:
        raise UserError(str(error), 2) from None
