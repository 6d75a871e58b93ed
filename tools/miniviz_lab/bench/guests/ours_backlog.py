# COUNT readings that wait on flash are sent, on a new connection; the time until the last is acknowledged.
import os
import time

import ours
from miniviz import outbox

count = int(os.getenv("COUNT"))
device = ours.device()
box = device.outbox
for i in range(count):
    payload = {"temperature": 20 + i % 100 / 10, "humidity": 50 + i % 70 / 10}
    box.put(outbox.Record(1790000000000 + i, None, "Local_PC", payload))
box.flush()
began = time.ticks_us()
for _ in range(count):
    device.sender.step()
took = time.ticks_diff(time.ticks_us(), began)
if len(box):
    raise OSError("not delivered: %s" % device.sender.problem)
print('{"us": %d}' % took)
