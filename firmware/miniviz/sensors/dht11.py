"""DHT11: temperature and humidity in whole numbers."""

from ._dht import Dht

FIELDS = {"pin": ("pin", ...)}
MIN_EVERY = 2


class Sensor(Dht):
    """The DHT11's driver, resolution and ranges (Aosong, DHT11 datasheet 1.3; the driver knows no minus)."""

    DRIVER = "DHT11"
    DECIMALS = 0
    TEMPERATURE = (0, 60)
    HUMIDITY = (5, 95)
