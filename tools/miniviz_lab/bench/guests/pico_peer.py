# What users paste today, on a Pico W: join, set the clock, read the sensor, post with requests.
import time

phases, began = {}, time.ticks_ms()


def passed(phase):
    global began
    now = time.ticks_ms()
    phases[phase] = time.ticks_diff(now, began)
    began = now


import gc
import json

import dht
import machine
import network
import ntptime
import requests

with open("settings.json") as f:
    settings = json.load(f)
passed("imports")
wlan = network.WLAN(network.STA_IF)
wlan.active(True)
wlan.connect("home", "correct horse")
while not wlan.isconnected():
    time.sleep(1)
passed("wifi")
ntptime.host = settings["ntp"]
ntptime.settime()
passed("ntp")
sensor = dht.DHT22(machine.Pin(settings["pin"]))
sensor.measure()
passed("dht22")
response = requests.post(
    settings["url"],
    json={
        "timestamp": int(time.time() * 1000),
        "label_key": "shed",
        "payload": {"temperature": sensor.temperature(), "humidity": sensor.humidity()},
    },
)
response.close()
passed("post")
gc.collect()
free = gc.mem_free()
took = None
if settings["url"].startswith("http:"):
    import binascii

    began = time.ticks_ms()
    with open("image.jpg", "rb") as f:
        image_base64 = binascii.b2a_base64(f.read()).decode().strip()
    response = requests.post(
        settings["url"].replace("?", "/image?"),
        json={
            "timestamp": int(time.time() * 1000),
            "label_key": "shed",
            "image_name": "image.jpg",
            "image_base64": image_base64,
        },
    )
    response.close()
    took = time.ticks_diff(time.ticks_ms(), began) / 1000
print("told " + json.dumps({"free": free, "image_s": took, "phases": phases}))
