"""What a user would paste: reads the whole picture, encodes it, dumps it, posts it. Prints the seconds."""

import binascii
import os
import time

import requests

SIZE, COUNT = int(os.getenv("SIZE")), int(os.getenv("COUNT"))
with open("image.jpg", "wb") as file:
    file.write(b"\xff\xd8\xff\xda\x00\x02" + bytes(SIZE - 8) + b"\xff\xd9")
began = time.time()
for _ in range(COUNT):
    with open("image.jpg", "rb") as file:
        data = file.read()
    text = binascii.b2a_base64(data).decode().strip()
    body = {"timestamp": 1790000000000, "label_key": "a", "image_name": "image.jpg", "image_base64": text}
    answer = requests.post(os.getenv("URL") + "/api/project/p/image?token=token", json=body)
    assert answer.status_code == 201
    answer.close()
print('{"seconds": %f}' % (time.time() - began))
