"""What hangs on an emulated Pico W follows from its config; no image is needed to look at that."""

import pytest
from miniviz_cli import boards

emulated_devices = pytest.importorskip("miniviz_cli.emulated_devices", reason="no emulator for this computer")


def names(settings: dict[str, object], wiring: dict[str, object] | None = None) -> list[str]:
    return [type(device).__name__ for device in emulated_devices.of(settings, wiring).all]


def test_each_sensor_and_camera_of_the_config_is_there() -> None:
    sensors = [
        {"type": "dht22", "pin": 15},
        {"type": "dht11", "pin": 14},
        {"type": "ds18b20", "pin": 21},
        {"type": "adc", "pin": 26},
        {"type": "switch", "pin": 20},
        {"type": "system"},
    ]
    found = names({"sensors": sensors, "camera": {"type": "arducam_mini", "cs": 17}})
    assert found == ["Dht22", "Dht11", "Ds18b20", "Analogue", "Button", "ArducamMini"]
    assert names({"camera": {"type": "arducam_mega", "spi": 1, "cs": 13}}) == ["ArducamMega"]


def test_a_camera_hangs_where_the_board_has_it_unless_the_config_says_otherwise() -> None:
    camera = boards.load("pico_w").camera
    assert camera
    wiring = camera.wiring()
    for entry in ({"type": "arducam_mini"}, {}, {"cs": 5}):
        assert names({"camera": entry}, wiring) == ["ArducamMini"]
    assert names({"camera": {"type": "arducam_mega"}}, wiring) == []  # not the board's, so nobody knows where


def test_what_nothing_stands_for_is_named() -> None:
    settings = {"sensors": [{"type": "bme280", "pin": 3}, {"type": "system"}], "camera": {"type": "esp32"}}
    assert emulated_devices.of(settings).missing == ["bme280", "esp32"]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"sensors": 7, "camera": "arducam_mini"},
        {"sensors": [7, {"type": "dht22"}, {"type": "dht22", "pin": "15"}, {"type": "adc", "pin": 15}]},
        {"camera": {"type": "arducam_mini"}},
        {"camera": {"type": "arducam_mini", "cs": 17, "spi": 2}},
    ],
)
def test_a_wrong_entry_is_left_to_the_firmware(settings: dict[str, object]) -> None:
    assert names(settings) == []


def test_two_sensors_on_one_pin_are_one_device() -> None:
    assert names({"sensors": [{"type": "dht22", "pin": 15}, {"type": "dht11", "pin": 15}]}) == ["Dht22"]


def test_its_weather_changes_and_its_button_is_pressed() -> None:
    chip = pytest.importorskip("rp2040py.rp2040").RP2040()
    sensors = [{"type": "dht22", "pin": 15}, {"type": "switch", "pin": 20}, {"type": "adc", "pin": 26}]
    found = emulated_devices.of({"sensors": sensors})
    for device in found.all:
        device.attach(chip)
    dht, button, voltage = found.all
    found.live(0)
    before = dht.temperature, voltage.volts
    assert not button.pressed
    found.live(45)
    assert button.pressed and (dht.temperature, voltage.volts) != before
