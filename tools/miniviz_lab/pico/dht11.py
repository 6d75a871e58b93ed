"""A DHT11: the DHT22's slots with whole degrees and percents in them."""

from .dht22 import Dht22


class Dht11(Dht22):
    """Hangs on one GPIO; its first and third byte are the values."""

    def values(self) -> bytes:
        """Humidity and temperature; the tenths are zero."""
        return bytes((round(self.humidity), 0, round(max(0.0, self.temperature)), 0))
