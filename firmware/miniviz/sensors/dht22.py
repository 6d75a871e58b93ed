"""DHT22 (AM2302): temperature and humidity to a tenth."""

from ._dht import Dht

FIELDS = {"pin": ("pin", ...)}
MIN_EVERY = 2


class Sensor(Dht):
    """The DHT22's driver, resolution and ranges (Aosong, AM2302 datasheet)."""

    DRIVER = "DHT22"
    DECIMALS = 1
    TEMPERATURE = (-40, 80)
    HUMIDITY = (0, 100)
