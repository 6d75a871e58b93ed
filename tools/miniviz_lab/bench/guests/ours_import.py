# The heap that the firmware's modules hold in steady state: imported one after the other.
import gc
import os

# Warm what is not the firmware's own: built in or frozen, the same for everybody.

gc.collect()
before = gc.mem_alloc()
rows = []
held = before
for name in os.getenv("MODULES").split(","):
    __import__(name)
    gc.collect()
    rows.append('"%s": %d' % (name, gc.mem_alloc() - held))
    held = gc.mem_alloc()
print('{"held": %d, "by_module": {%s}}' % (gc.mem_alloc() - before, ", ".join(rows)))
