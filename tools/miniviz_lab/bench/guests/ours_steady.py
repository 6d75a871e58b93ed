# COUNT readings of one DHT22 through the whole firmware; what each allocates and what stays.
import gc
import os
import sys

import ours

count = int(os.getenv("COUNT"))
device = ours.device()
ours.read_and_send(device, 20)
gc.collect()
held = gc.mem_alloc()
if os.getenv("ALLOC"):
    few = min(count, 100)
    gc.disable()
    before = gc.mem_alloc()
    ours.read_and_send(device, few)
    reading = (gc.mem_alloc() - before) // few
    device.sampler.slots[0].due += 1 << 40
    before = gc.mem_alloc()
    for _ in range(few):
        device.step()
    idle = (gc.mem_alloc() - before) // few
    device.sampler.slots[0].due -= 1 << 40
    gc.enable()
else:
    reading = idle = 0
ours.read_and_send(device, count)
gc.collect()
print(
    '{"alloc": %d, "idle": %d, "held": %d, "growth": %d, "modules": %s}'
    % (
        reading,
        idle,
        held,
        gc.mem_alloc() - held,
        str(sorted(m for m in sys.modules if m.startswith("miniviz"))).replace("'", '"'),
    )
)
