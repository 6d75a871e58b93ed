"""WiFi on both ports' status codes: strongest first, refusals in words, back after a loss."""

from pathlib import Path

import pytest
from miniviz_lab import scenario

SCENARIO = Path(__file__).parent / "scenarios" / "wifi_joins.py"


@pytest.mark.parametrize("runtime", scenario.RUNTIMES)
def test_joins_losses_and_refusals_on_both_ports(runtime: scenario.Runtime) -> None:
    result = scenario.run(SCENARIO, runtime)
    for port in ("rp2", "esp32"):
        told = {line["case"]: line for line in result.lines if line["port"] == port}
        assert told["strongest first"]["ssid"] == "near" and told["strongest first"]["up"]
        assert told["strongest first"]["rssi"] == -40
        assert told["only the second is there"]["ssid"] == "far"
        assert told["wrong password"]["reason"] == "near: wrong password"
        assert told["not in reach"]["reason"] == "near: not in reach"
        for case in ("wrong password", "not in reach"):
            assert not told[case]["up"] and told[case]["joins"] == 0 and told[case]["rssi"] is None
        assert told["first join fails"]["up"] and told["first join fails"]["joins"] == 1
        assert told["comes into reach"]["up"] and told["comes into reach"]["joins"] == 1
        assert told["joined"]["ssid"] == "near"
        assert (
            told["then lost to the other"]["ssid"] == "far" and told["then lost to the other"]["joins"] == 2
        )
        assert not told["while gone"]["up"]
        # It comes back 85 s into this watch; the longest pause between two rounds is 60 s.
        assert told["back again"]["up"] and told["back again"]["up_ms"] <= 85000 + 60000 + 10000
        assert told["memory again"]["up"]
        if port == "esp32":
            short = told["no memory for the radio"]
            assert short["reason"] == "the radio does not start (WiFi Out of Memory)" and not short["up"]
    for secret in ("near-secret", "far-secret"):
        assert secret not in result.stdout + result.stderr
