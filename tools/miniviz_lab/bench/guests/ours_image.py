# COUNT pictures of SIZE bytes from a file (SIZE 0: readings) with client, http and image, on one connection.
import os
import time

from miniviz import client, http, image

SIZE, COUNT = int(os.getenv("SIZE")), int(os.getenv("COUNT"))


class Frame:
    format = "jpeg"
    size = SIZE

    def __init__(self):
        self.file = open("image.jpg", "rb")

    def readinto(self, buf):
        return self.file.readinto(buf)

    def close(self):
        self.file.close()


assert image.kind(b"\xff\xd8\xff") == "jpeg"  # loaded in both cases: the same process
session = http.Session()
sender = client.Client(os.getenv("BASE"), "p", "t", "query", session.post, lambda: None)
began = time.ticks_us()
for _ in range(COUNT):
    if SIZE:
        outcome = sender.send_image(1790000000000, "camera_1", "image.jpg", Frame())
    else:
        outcome = sender.send(1790000000000, "camera_1", {"temperature": 23.4, "humidity": 55.1})
    if outcome.kind != client.DELIVERED:
        raise OSError(outcome.reason)
print('{"us": %d}' % time.ticks_diff(time.ticks_us(), began))
session.close()
