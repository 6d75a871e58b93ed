"""A picture of 60 KB from a file on the official ESP32 image arrives byte for byte."""

import io
import random

import rig
from PIL import Image

# The camera driver of this board is part of another image: here the frame is a file.
_SEND = """
import gc, time
from miniviz import app

class File:
    format = "jpeg"
    def __init__(self, path):
        self._file = open(path, "rb")
        self.size = self._file.seek(0, 2)
        self._file.seek(0)
        self.least = gc.mem_free()
    def readinto(self, buf):
        self.least = min(self.least, gc.mem_free())
        return self._file.readinto(buf)
    def close(self):
        self._file.close()

a = app.current()
while not a.wifi.step():
    time.sleep_ms(100)
gc.collect()
frame = File("picture.jpg")
outcome = a.client.send_image(a.clock.now_ms(), "esp32", "picture.jpg", frame)
frame.close()
print(outcome.kind, outcome.status, outcome.reason, frame.size, frame.least)
"""


def test_60_kb_arrive_byte_for_byte() -> None:
    picture = _jpeg(60_000)
    with rig.lab(rig.settings(), **{"picture.jpg": picture}) as lab, rig.server(lab) as server:
        console = lab.board.power_on()
        console.wait_for("delivered, id 1", rig.PATIENCE)
        said = console.run(_SEND, rig.PATIENCE).splitlines()[-1].split()  # the log may say "joined" before
        assert said[1] == "201" and int(said[-2]) == len(picture), said
        # In base64 the picture has 80 KB and is never held whole: the least heap seen while it was read.
        assert int(said[-1]) > 16_000, said
        (stored,) = server.images.newest(rig.PROJECT.id, 2)
        assert server.images.content(rig.PROJECT.id, stored.id) == ("image/jpeg", picture)


def _jpeg(size: int) -> bytes:
    """A JPEG of noise, at least so many bytes."""
    noise = random.Random(1)
    side = 64
    while True:
        picture = io.BytesIO()
        Image.frombytes("L", (side, side), noise.randbytes(side * side)).save(picture, "JPEG", quality=80)
        if picture.tell() >= size:
            return picture.getvalue()
        side += 16
