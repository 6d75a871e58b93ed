"""Sends COUNT pictures of SIZE bytes (0: readings) with the firmware's client; prints the seconds."""

import gc
import os
import time

import requests
from miniviz import client, image

SIZE, COUNT = int(os.getenv("SIZE")), int(os.getenv("COUNT"))
SHIFT = bytes(int(os.getenv("SHIFT") or 0))  # moves everything that comes after it


class Frame:
    """A JPEG of SIZE bytes whose data repeats itself, so that it takes no memory worth counting."""

    format = "jpeg"
    size = SIZE
    head = b"\xff\xd8\xff\xda\x00\x02"
    data = memoryview(bytes((i * 167 + (i >> 3)) % 255 for i in range(256)) * 4)

    def __init__(self):
        self.at = 0

    def readinto(self, buf):
        count = min(len(buf), self.size - self.at, len(self.data))
        buf[:count] = self.data[:count]
        if self.at == 0:
            buf[:6] = self.head
        if self.at + count == self.size:
            buf[count - 2 : count] = b"\xff\xd9"
        self.at += count
        return count

    def close(self):
        pass


assert image.kind(b"\xff\xd8\xff") == "jpeg"  # loaded in both cases: the same process
sender = client.Client(os.getenv("URL"), "p", "token", "query", requests.post, lambda: None)
gc.collect()
began = time.time()
for _ in range(COUNT):
    if SIZE:
        outcome = sender.send_image(
            1790000000000, "greenhouse-1", "greenhouse-1-20260921T140000.jpg", Frame()
        )
    else:
        outcome = sender.send(1790000000000, "greenhouse-1", {"temperature": 23.4, "humidity": 55.1})
    assert outcome.kind == client.DELIVERED, outcome.reason
print('{"seconds": %f}' % (time.time() - began))
