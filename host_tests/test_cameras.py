"""The camera drivers against hardware that is played byte by byte, on both runtimes."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from miniviz_lab import scenario

HERE = Path(__file__).parent / "scenarios"
RUNTIMES = pytest.mark.parametrize("runtime", scenario.RUNTIMES)
FIFO = ("mini2", "mini5", "mega3", "mega5")
NO_END = "the picture has no end marker in its "
GARBLED = "the picture is garbled: the marker FF "


@cache
def told(runtime: scenario.Runtime) -> dict[str, Any]:
    lines = scenario.run(HERE / "cameras_shoot.py", runtime, timeout=240).lines
    return {line["case"]: line for line in lines}


@RUNTIMES
@pytest.mark.parametrize("name", [*FIFO, "mega3 old", "mega5 old", "esp32"])
def test_every_size_of_every_camera_arrives_whole_and_trimmed(runtime: scenario.Runtime, name: str) -> None:
    first = told(runtime)[name]
    assert first["error"] is None and first["size"] == "640x480"
    for size in first["sizes"]:
        shot = told(runtime)[f"{name} {size}"]
        assert (shot["error"], shot["size"]) == (None, size)
        # The camera's memory ends with padding; what is sent ends with the picture.
        assert shot["bytes"] == shot["frame"] - (0 if name == "esp32" else 11)


@RUNTIMES
def test_a_lower_quality_is_a_smaller_picture(runtime: scenario.Runtime) -> None:
    sizes = [told(runtime)[f"quality {quality}"]["bytes"] for quality in (1, 35, 50, 80, 100)]
    assert sizes == sorted(set(sizes))


@RUNTIMES
@pytest.mark.parametrize("name", FIFO)
def test_each_fault_on_spi_is_one_sentence(runtime: scenario.Runtime, name: str) -> None:
    kind = "arducam_mini" if "mini" in name else "arducam_mega"

    def error(fault: str) -> str:
        return told(runtime)[f"{name} camera_{fault}"]["error"]

    assert error("absent") == f"{kind} does not answer on SPI; check power, CS, SCK, MOSI and MISO"
    assert error("stuck") == f"{kind} does not finish a picture within 5 s; check its supply"
    assert error("length").startswith(f"{kind} says its picture has 8390520 bytes; check SCK")
    assert error("dummy") is None
    assert error("noise").startswith(GARBLED)
    for fault in ("cut", "endless", "unplugged"):
        assert error(fault).startswith(NO_END)


@RUNTIMES
def test_each_fault_of_the_esp32s_own_camera_is_one_sentence(runtime: scenario.Runtime) -> None:
    def error(fault: str) -> str:
        return told(runtime)[f"esp32 camera_{fault}"]["error"]

    assert error("absent") == "the camera does not start (Camera Not Found); check its ribbon cable and PSRAM"
    assert error("stuck").startswith("the camera does not start (Failed to capture initial frame.")
    assert error("length") == "neither JPEG nor PNG: it begins with 00 00 00 00"
    assert error("dummy") is None and error("noise").startswith(GARBLED)
    for fault in ("cut", "endless"):
        assert error(fault).startswith(NO_END)
    missing = told(runtime)["no module"]["error"]
    assert missing.startswith(
        "this MicroPython has no module `camera`; flash the image ESP32_GENERIC-SPIRAM@"
    )


@RUNTIMES
@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("too large 2048x1536", "camera.size is 2048x1536; this arducam_mini (OV2640) has 160x120, "),
        ("other chip", "arducam_mega: 0x56 is the id of no 3MP or 5MP; check the wires"),
        ("wrong chip select", "arducam_mini does not answer on SPI"),
        ("wrong clock", "arducam_mini does not answer on SPI"),
        ("no such wire", "arducam_mini cannot use SPI 0 with these pins (bad SCK pin)"),
        ("no such bus", "arducam_mini cannot use SPI 2 with these pins (SPI(2) doesn't exist)"),
        ("wrong i2c", "arducam_mini answers on SPI, its sensor does not on I2C (address 0x30 or 0x3C)"),
        ("wrong scl", "arducam_mini cannot use I2C 0 with these pins (bad SCL pin)"),
    ],
)
def test_wrong_wires_are_named(runtime: scenario.Runtime, case: str, words: str) -> None:
    assert told(runtime)[case]["error"].startswith(words)


@RUNTIMES
def test_the_esp32s_camera_is_stopped_after_a_picture_where_memory_is_short(
    runtime: scenario.Runtime,
) -> None:
    enough, short = told(runtime)["memory enough"], told(runtime)["memory short"]
    assert enough["size"] == short["size"] == ["640x480"] * 3
    assert enough["open"] == [True, True, True, False] and enough["starts"] == [True, False, False]
    assert short["open"] == [False] * 4 and short["starts"] == [True] * 3


def test_both_runtimes_agree() -> None:
    here, there = told("cpython"), told("micropython")
    assert set(here) == set(there)
    for case, one in here.items():
        assert {k: v for k, v in one.items() if k != "ms"} == {
            k: v for k, v in there[case].items() if k != "ms"
        }
