"""Pictures of both camera families over real SPI, I2C and lwIP: byte-identical, with heap to spare."""

import base64
from typing import Any, Literal

import pytest
from bench import free_heap, run_firmware, stop_firmware
from miniviz_lab.pico_w import PicoW
from platform_server import OK, Answer, Platform, Request
from wired import MEGA, MINI, Wired

MINUTES = 1
HEAP_LEFT = 100_000  # bytes that are never in use while a picture is taken and sent, of the board's 205 KB
SMALL, LARGE = ("320x240", 1.25, 12 << 10), ("640x480", 1.6, 60 << 10)
# A timer of the board's own collects and looks, again and again, while the firmware works.
WATCH = """
import gc, machine
lowest = 1 << 20
def look(_):
    global lowest
    gc.collect()
    lowest = min(lowest, gc.mem_free())
watch = machine.Timer(period={ms}, callback=look)
"""
CAMERAS = {"mini": MINI, "mega": MEGA}
Which = Literal["mini", "mega"]


class Album:
    """A server that notes each picture beside what the camera has in its memory at that moment."""

    def __init__(self, camera: Any) -> None:
        self._camera = camera
        self.pictures: list[tuple[bytes, bytes]] = []

    def answer(self, request: Request) -> Answer:
        """Yes to all."""
        if "image_base64" in request.body:
            self.pictures.append((base64.b64decode(request.body["image_base64"]), self._camera.picture))
        return OK


def whole(which: Which, size: str, detail: float) -> Any:
    """One picture: what arrived, what the camera saw, the least free heap."""

    async def scenario(board: PicoW, wired: Wired) -> Any:
        camera = getattr(wired, which)
        camera.detail = detail
        album = Album(camera)
        await Platform(board, album.answer).open()
        await board.machine.exec(WATCH.format(ms=100))
        camera_entry = {**CAMERAS[which], "size": size, "quality": 80, "every": 60}
        await run_firmware(board, camera=camera_entry, log="info")
        assert await board.until(lambda: album.pictures, seconds=60), board.text
        await board.says("delivered a picture", seconds=10)
        await stop_firmware(board)
        lowest = int(await board.machine.exec("watch.deinit(); print(lowest)"))
        return (*album.pictures[0], lowest, await free_heap(board))

    return scenario


FAULTS = {
    "absent": "arducam_mini does not answer on SPI",
    "stuck": "arducam_mini does not finish a picture within 5 s",
    "cut": "the picture has no end marker",
    "noise": "the picture is garbled",
}


async def faults(board: PicoW, wired: Wired) -> None:
    """One after the other, while readings go on; then a whole picture by itself."""
    wired.mini.detail = 0.1
    album = Album(wired.mini)
    platform = await Platform(board, album.answer).open()
    entry = {**MINI, "size": "320x240", "quality": 80, "every": 60}
    wired.mini.fault("absent")
    await run_firmware(board, camera=entry, sensors=[{"type": "system", "every": 30}], log="info")
    for kind, words in FAULTS.items():
        wired.mini.mend()
        wired.mini.fault(kind)
        await board.says(words, seconds=180, since=len(board.text))
    wired.mini.mend()
    assert await board.until(lambda: album.pictures, seconds=180), board.text
    got, seen = album.pictures[0]
    assert got == seen, (len(got), len(seen))
    assert len([payload for payload in platform.payloads if payload]) >= 3
    await stop_firmware(board)


CASES = {
    "mini 60 KB": whole("mini", *LARGE[:2]),
    "mega 60 KB": whole("mega", *LARGE[:2]),
    "mini 12 KB": whole("mini", *SMALL[:2]),
    "faults": faults,
}


@pytest.mark.parametrize("case", list(CASES)[:3])
def test_a_picture_arrives_byte_by_byte(results, case: str, record_property) -> None:
    got, seen, lowest, after = results(case)
    least = (SMALL if "12" in case else LARGE)[2]
    record_property("bytes", len(got))
    record_property("lowest_free_heap", lowest)
    record_property("free_heap_after", after)
    print(f"\n{case}: {len(got)} bytes, never less than {lowest} bytes of heap free, {after} after it")
    assert least <= len(got) < least + 8192
    assert got == seen
    assert lowest >= HEAP_LEFT


@pytest.mark.parametrize("case", ["faults"])
def test_a_failing_camera_says_how_and_comes_back(results, case: str) -> None:
    results(case)
