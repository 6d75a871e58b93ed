# The firmware on an emulated Pico W: tells what its first reading waited for, the heap that is free then, and
# a picture's time.
import gc
import time

phases = {}


def timed(owner, name, phase):
    method = getattr(owner, name)

    def run(*given):
        began = time.ticks_ms()
        try:
            return method(*given)
        finally:
            phases[phase] = phases.get(phase, 0) + time.ticks_diff(time.ticks_ms(), began)

    setattr(owner, name, run)


gc.collect()
empty = gc.mem_free()
began = time.ticks_ms()

from miniviz import guard

watch = guard.Guard()
from miniviz import start

settings = start.settings()
gc.collect()
from miniviz import app

device = app.make(settings, watch)
phases["imports"] = time.ticks_diff(time.ticks_ms(), began)
for owner, name, phase in (
    (device.wifi, "step", "wifi"),
    (device, "sample", "dht22"),
    (device, "sync", "ntp"),
    (device.sender, "step", "post"),
):
    timed(owner, name, phase)
while not device.sender.delivered:
    device.step()
    device._nap()
gc.collect()
free = gc.mem_free()
took = None
if device.config.url.startswith("http:"):

    class Frame:
        format = "jpeg"
        size = 10000

        def __init__(self):
            self.file = open("image.jpg", "rb")

        def readinto(self, buf):
            return self.file.readinto(buf)

        def close(self):
            self.file.close()

    began = time.ticks_ms()
    outcome = device.client.send_image(device.clock.now_ms(), "shed", "image.jpg", Frame())
    took = time.ticks_diff(time.ticks_ms(), began) / 1000
    if outcome.status != 201:
        raise OSError(outcome.reason)
import json

print("told " + json.dumps({"free": free, "empty": empty, "image_s": took, "phases": phases}))
