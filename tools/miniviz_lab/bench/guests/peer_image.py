# What users paste today: the whole file into memory, base64 of it into a text, the text into JSON.
import binascii
import os
import time

import requests

URL = os.getenv("URL").replace("?", "/image?")

began = time.ticks_us()
for _ in range(int(os.getenv("COUNT"))):
    with open("image.jpg", "rb") as f:
        image_data = f.read()
    image_base64 = binascii.b2a_base64(image_data).decode().strip()
    response = requests.post(
        URL,
        json={
            "timestamp": int(time.time() * 1000),
            "label_key": "camera_1",
            "image_name": "image.jpg",
            "image_base64": image_base64,
        },
    )
    response.json()
    response.close()
print('{"us": %d}' % time.ticks_diff(time.ticks_us(), began))
