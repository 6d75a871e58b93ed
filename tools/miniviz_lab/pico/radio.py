"""The wireless chip: its packets end in our network, joins are scripted, the LED hangs on it."""

from rp2040py.external.cyw43 import Cyw43439
from rp2040py.external.cyw43 import bus as events

from . import gspi, rp2040
from .busy_wait import BusyWait
from .chip import Chip
from .led import Led


class Radio(Cyw43439):
    """As the emulator has it, with our network behind it."""

    def __init__(self, network: rp2040.Backend) -> None:
        super().__init__()
        self._network = network
        self.led = Led()

    def attach(self, rp2040: Chip) -> None:
        super().attach(rp2040)
        self.led.attach(rp2040)
        self._wire(rp2040)

    def lose_link(self) -> None:
        """The access point is gone: every connection dies, the guest hears it."""
        rp2040.lose_link(self.bus)

    def _wire(self, chip: Chip) -> None:
        bus = self.bus
        bus.nat_bridge = rp2040.Bridge(chip, bus.queue_rx_ethernet_frame, self._network)
        self._joined = rp2040.on_join(bus, self._answer_join)
        rp2040.on_command(bus, self.led.hear)
        gspi.speed_up(chip, bus)
        BusyWait(chip)

    def _answer_join(self) -> None:
        told = self._network.joins()
        if told == "joined":
            self._joined()
        elif told == "absent":
            rp2040.tell(self.bus, events.CYW43_EV_SET_SSID, 3)
        else:
            rp2040.tell(self.bus, events.CYW43_EV_AUTH, 0)
            rp2040.tell(self.bus, events.CYW43_EV_ASSOC, 0)
            rp2040.tell(self.bus, events.CYW43_EV_PSK_SUP, 8)
