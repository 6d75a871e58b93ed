"""What hangs on an emulated Pico W's pins: its config's sensors and camera, and what they measure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard, cast

from miniviz_lab.pico.analogue import Analogue
from miniviz_lab.pico.arducam_mega import ArducamMega
from miniviz_lab.pico.arducam_mini import ArducamMini
from miniviz_lab.pico.button import Button
from miniviz_lab.pico.chip import Device
from miniviz_lab.pico.dht11 import Dht11
from miniviz_lab.pico.dht22 import Dht22
from miniviz_lab.pico.ds18b20 import Ds18b20
from miniviz_lab.world_file import wired_camera

_SENSORS = {"dht22": Dht22, "dht11": Dht11, "ds18b20": Ds18b20, "adc": Analogue, "switch": Button}
_CAMERAS = ("arducam_mini", "arducam_mega")
_INSIDE = ("system",)  # the chip itself
_ANALOGUE = (26, 27, 28)
_DAY_S = 600  # a day in ten minutes, so that there is something to see
_PRESS_S = 30


@dataclass
class Devices:
    """All of them; `missing` are the config's types that nothing stands for."""

    all: list[Device] = field(default_factory=list[Device])
    missing: list[str] = field(default_factory=list[str])

    def live(self, seconds: float) -> None:
        """Let them measure what it is like so many seconds after the start."""
        wave = math.sin(seconds / _DAY_S * 2 * math.pi)
        for device in self.all:
            if isinstance(device, Dht22):
                device.temperature, device.humidity = round(21 + 4 * wave, 1), round(55 - 12 * wave, 1)
            elif isinstance(device, Ds18b20):
                device.temperature = 19 + 3 * wave
            elif isinstance(device, Analogue):
                device.volts = 1.65 + wave
            elif isinstance(device, Button) and device.pressed != (seconds % (2 * _PRESS_S) >= _PRESS_S):
                device.release() if device.pressed else device.press()


def of(settings: Mapping[str, Any], wiring: Mapping[str, Any] | None = None) -> Devices:
    """The devices of a config, which the firmware has not checked yet: a wrong entry gets none.

    `wiring` is the board's own idea of its camera, as board.json has it: the config need not say it again.
    """
    found = Devices()
    taken = set[int]()
    for entry in _entries(settings.get("sensors")):
        kind, pin = str(entry.get("type")), entry.get("pin")
        if kind not in _SENSORS:
            if kind not in (*_INSIDE, *found.missing):
                found.missing.append(kind)
        elif _is_gpio(pin) and pin not in taken and (kind != "adc" or pin in _ANALOGUE):
            taken.add(pin)
            found.all.append(_SENSORS[kind](pin))
    _add_camera(found, settings.get("camera"), wiring or {})
    return found


def _add_camera(found: Devices, entry: object, wiring: Mapping[str, Any]) -> None:
    wires = wired_camera(entry, wiring)
    if wires is None:
        return
    kind, cs = str(wires["type"]), wires.get("cs")
    if kind not in _CAMERAS:
        found.missing.append(kind)
        return
    spi, i2c = wires.get("spi", 0), wires.get("i2c", 0)
    if not _is_gpio(cs) or spi not in (0, 1) or i2c not in (0, 1):
        return
    mini = kind == "arducam_mini"
    found.all.append(ArducamMini(spi=spi, cs=cs, i2c=i2c) if mini else ArducamMega(spi=spi, cs=cs))


def _entries(sensors: object) -> list[dict[str, Any]]:
    if not isinstance(sensors, list):
        return []
    return [entry for entry in cast("list[Any]", sensors) if isinstance(entry, dict)]


def _is_gpio(pin: object) -> TypeGuard[int]:
    return isinstance(pin, int) and not isinstance(pin, bool) and 0 <= pin <= 28
