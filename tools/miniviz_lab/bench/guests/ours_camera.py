# One DHT22 and an ArduCAM, played by the lab: which modules are loaded once pictures and readings flow.
import gc
import sys

import world
from miniviz import clock, guard, port, start, unload

CAMERA = {"type": "arducam_mini", "sensor": "ov2640", "cs": 17, "detail": 0.1}


def truth(host, uptime_ms):
    return clock.Sample(world.unix_ms(), uptime_ms(), 2)


world.reset(port="rp2", camera=CAMERA)
world.virtual(start_unix_ms=1790000000000)
world.install(port)
watch = guard.Guard()
settings = start.settings()
gc.collect()
from miniviz import app

clock.probe = truth
device = app.make(settings, watch)
unload("transport")
while not (device.shooter.delivered and device.sender.delivered):
    device.step()
    world.sleep_ms(1000)
    if world.elapsed_ms() > 600000:
        raise OSError("no picture: %s" % device.shooter.told())
print('{"modules": %s}' % str(sorted(m for m in sys.modules if m.startswith("miniviz"))).replace("'", '"'))
