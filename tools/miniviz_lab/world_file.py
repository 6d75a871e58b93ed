"""A world for the fakes in which a given config.json works."""

from collections.abc import Mapping
from typing import Any, cast

_ESP32 = ("esp32", "xiao_esp32")


def world_for(config: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON world that has the config's networks on the air and its sensors on their pins.

    A mistake in the config is the firmware's to name: what is not as expected is left out here.
    """
    sensors, networks = _dicts(config.get("sensors")), _dicts(config.get("wifi"))
    return {
        "port": "esp32" if str(config.get("board", "")).startswith(_ESP32) else "rp2",
        "networks": [_network(one, i) for i, one in enumerate(networks)],
        "dht": {str(one["pin"]): one["type"] for one in sensors if _wired(one, "dht22", "dht11")},
        "ds18b20": {
            str(one["pin"]): {f"28ff641f3317{i:04x}": None}
            for i, one in enumerate(sensors)
            if _wired(one, "ds18b20")
        },
    }


def _network(entry: Mapping[str, Any], place: int) -> dict[str, Any]:
    return {"ssid": str(entry.get("ssid")), "password": entry.get("password") or "", "rssi": -48 - 6 * place}


def _wired(entry: Mapping[str, Any], *kinds: str) -> bool:
    return entry.get("type") in kinds and isinstance(entry.get("pin"), int)


def _dicts(value: object) -> list[dict[str, Any]]:
    entries = cast("list[Any]", value) if isinstance(value, list) else []
    return [one for one in entries if isinstance(one, dict)]
