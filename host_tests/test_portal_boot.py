"""When the portal opens, and that it closes: a board must not wait for ever for somebody who has left."""

import socket
from pathlib import Path

import pytest
from miniviz_lab import scenario
from portal_bench import free_port

SCENARIO = Path(__file__).parent / "scenarios" / "portal_boot.py"


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_no_config_or_a_held_button_opens_it_and_time_closes_it(
    runtime: scenario.Runtime, tmp_path: Path
) -> None:
    env = {"HTTP": str(free_port()), "DNS": str(free_port(socket.SOCK_DGRAM))}
    (told,) = scenario.run(SCENARIO, runtime, folder=tmp_path, env=env, timeout=200).lines
    for port in ("rp2", "esp32"):
        assert told[port] == {
            "no config": True,
            "no board": False,
            "free": False,
            "held": True,
            "config's, held": True,
            "board's, but config has one": False,
            "a sensor's pin": False,
            "no such pin": False,
            "broken config, held": True,
        }
    assert told["alone"] == [10, None, [], 0]
    assert told["busy"] == [60, None, [], 0]
    refused = [["not opened (Wifi Internal Error)"], False, False, True, False]
    assert told["refused"] == [refused, refused]
    assert told["broken"] == [[["portal", True]], None, False]
