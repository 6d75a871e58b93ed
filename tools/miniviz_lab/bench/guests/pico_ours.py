# The firmware on an emulated Pico W: tells the free heap after its first reading, and a picture's time.
import gc
import time

from miniviz import guard

watch = guard.Guard()
from miniviz import start

settings = start.settings()
gc.collect()
from miniviz import app

device = app.make(settings, watch)
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
print('told {"free": %d, "image_s": %s}' % (free, "null" if took is None else took))
