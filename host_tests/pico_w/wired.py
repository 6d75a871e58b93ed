"""Everything that hangs on the warm board's pins; a copy of the board has its own copy of them."""

from dataclasses import dataclass, field

from bench import DHT_PIN
from miniviz_lab.pico.analogue import Analogue
from miniviz_lab.pico.arducam_mega import ArducamMega
from miniviz_lab.pico.arducam_mini import ArducamMini
from miniviz_lab.pico.button import Button
from miniviz_lab.pico.chip import Device
from miniviz_lab.pico.dht22 import Dht22
from miniviz_lab.pico.ds18b20 import Ds18b20

MINI = {"type": "arducam_mini", "cs": 17}
MEGA = {"type": "arducam_mega", "spi": 1, "sck": 10, "mosi": 11, "miso": 12, "cs": 13}
DS18B20_PIN, BUTTON_PIN, ADC_PIN = 21, 20, 26


@dataclass
class Wired:
    """The bench's devices by name."""

    dht: Dht22 = field(default_factory=lambda: Dht22(DHT_PIN))
    ds18b20: Ds18b20 = field(default_factory=lambda: Ds18b20(DS18B20_PIN))
    button: Button = field(default_factory=lambda: Button(BUTTON_PIN))
    voltage: Analogue = field(default_factory=lambda: Analogue(ADC_PIN))
    mini: ArducamMini = field(default_factory=ArducamMini)
    mega: ArducamMega = field(default_factory=lambda: ArducamMega(spi=1, cs=13))

    @property
    def all(self) -> list[Device]:
        """In the order of soldering."""
        return [self.dht, self.ds18b20, self.button, self.voltage, self.mini, self.mega]
