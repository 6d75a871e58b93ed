# COUNT readings: checked, queued on flash among others that wait there, read back, sent, acknowledged.
import os
import time

import ours
from miniviz import outbox, rules

WAITING = 10
SYNC_EVERY = 10
device = ours.device()
device.step()  # joined, and knows the time
sender, box, clock = device.sender, device.outbox, device.clock


def put(i):
    payload = {"temperature": 20 + i % 100 / 10, "humidity": 50 + i % 70 / 10}
    rules.check("Local_PC", payload)
    uptime = clock.uptime_ms()
    box.put(outbox.Record(clock.stamp(uptime), uptime, "Local_PC", payload))


for i in range(WAITING):
    put(i)
box.flush()
done = sender.delivered
began = time.ticks_us()
for i in range(int(os.getenv("COUNT"))):
    put(i)
    if i % SYNC_EVERY == 0:
        box.flush()
    sender.step()
took = time.ticks_diff(time.ticks_us(), began)
if sender.delivered - done != int(os.getenv("COUNT")):
    raise OSError("not delivered: %s" % sender.problem)
print('{"us": %d}' % took)
