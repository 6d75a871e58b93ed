"""`miniviz demo --board pico_w`: the host's whole demo, with the official image in the firmware's place."""

import re

import pytest
from command import miniviz


@pytest.mark.usefixtures("image")
def test_the_demo_on_the_official_image_delivers_readings_and_a_picture() -> None:
    done = miniviz("demo", "--board", "pico_w", "--port", 0, "--for", 30, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "on an emulated Pico W" in done.stdout
    count = re.fullmatch(r"delivered (\d+) readings, (\d+) pictures, 0 lost", done.stdout.splitlines()[-1])
    assert count, done.stdout
    assert int(count[1]) >= 5 and int(count[2]) >= 1
