"""A world for the fakes in which a given config.json works."""

from collections.abc import Mapping
from typing import Any, cast

_ESP32 = ("esp32", "xiao_esp32")
_CAMERAS = ("arducam_mini", "arducam_mega", "esp32")
_WIRES = ("spi", "sck", "mosi", "miso", "cs", "i2c", "scl", "sda")


def world_for(config: Mapping[str, Any], wiring: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The JSON world that has the config's networks on the air, its sensors and its camera on their pins.

    `wiring` is the board's own idea of its camera, as board.json has it.

    A mistake in the config is the firmware's to name: what is not as expected is left out here.
    """
    sensors, networks = _dicts(config.get("sensors")), _dicts(config.get("wifi"))
    camera = _camera(config.get("camera"), wiring or {})
    return {
        **({"camera": camera} if camera else {}),
        **({"chip": "esp32s3"} if str(config.get("board", "")).startswith("xiao_esp32s3") else {}),
        "port": "esp32" if str(config.get("board", "")).startswith(_ESP32) else "rp2",
        "networks": [_network(one, i) for i, one in enumerate(networks)],
        "dht": {str(one["pin"]): one["type"] for one in sensors if _wired(one, "dht22", "dht11")},
        "ds18b20": {
            str(one["pin"]): {f"28ff641f3317{i:04x}": None}
            for i, one in enumerate(sensors)
            if _wired(one, "ds18b20")
        },
    }


def wired_camera(entry: object, wiring: Mapping[str, Any]) -> dict[str, Any] | None:
    """The config's camera with the board's own wires where it names none; None where it is no object."""
    if not isinstance(entry, dict):
        return None
    given = cast("dict[str, Any]", entry)
    kind = given.get("type", wiring.get("type"))
    return {**(wiring if kind == wiring.get("type") else {}), **given, "type": kind}


def _camera(entry: object, wiring: Mapping[str, Any]) -> dict[str, Any] | None:
    """The camera where the firmware will look for it; None without one, or with a strange one."""
    wires = wired_camera(entry, wiring)
    if wires is None or wires["type"] not in _CAMERAS:
        return None
    return {"type": wires["type"], **{key: wires[key] for key in _WIRES if isinstance(wires.get(key), int)}}


def _network(entry: Mapping[str, Any], place: int) -> dict[str, Any]:
    return {"ssid": str(entry.get("ssid")), "password": entry.get("password") or "", "rssi": -48 - 6 * place}


def _wired(entry: Mapping[str, Any], *kinds: str) -> bool:
    return entry.get("type") in kinds and isinstance(entry.get("pin"), int)


def _dicts(value: object) -> list[dict[str, Any]]:
    entries = cast("list[Any]", value) if isinstance(value, list) else []
    return [one for one in entries if isinstance(one, dict)]
