"""What a user would paste today, as the guide's sample has it: whole seconds, no time-out."""

import time

import dht
import network
import ntptime
import requests
from machine import Pin

wlan = network.WLAN(network.STA_IF)
wlan.active(True)
wlan.connect("home", "correct horse")
while not wlan.isconnected():
    time.sleep(0.1)
ntptime.host = "time.test"
ntptime.settime()
sensor = dht.DHT22(Pin(15))


def send_data():
    sensor.measure()
    url = "http://miniviz.test/api/project/p?token=s3cret-token"
    payload = {"temperature": sensor.temperature(), "humidity": sensor.humidity()}
    response = requests.post(
        url, json={"timestamp": time.time() * 1000, "label_key": "shed", "payload": payload}
    )
    print("sent", response.status_code)
    response.close()


while True:
    send_data()
    time.sleep(3)
