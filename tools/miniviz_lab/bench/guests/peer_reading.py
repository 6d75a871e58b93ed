# What users paste today: one reading per call of requests.post, as the platform's guide shows it.
import gc
import os
import time

import requests

URL = os.getenv("URL")

if os.getenv("ALLOC"):
    gc.disable()
held = gc.mem_alloc()
began = time.ticks_us()
for _ in range(int(os.getenv("COUNT"))):
    timestamp_ms = int(time.time() * 1000)
    response = requests.post(
        URL,
        json={
            "timestamp": timestamp_ms,
            "label_key": "Local_PC",
            "payload": {"temperature": 23.4, "humidity": 55.1},
        },
    )
    response.json()
    response.close()
took, held = time.ticks_diff(time.ticks_us(), began), gc.mem_alloc() - held
print('{"us": %d, "alloc": %d}' % (took, held // int(os.getenv("COUNT"))))
