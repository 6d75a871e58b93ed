"""The wireless chip: its packets end in our network, joins are scripted, the LED hangs on it."""

from rp2040py.external.cyw43 import Cyw43439
from rp2040py.external.cyw43 import bus as events
from rp2040py.gpio_pin import GPIOPinState

from . import gspi, rp2040
from .busy_wait import BusyWait
from .chip import Chip
from .led import Led

_POWER_PIN = 23  # WL_ON, pico_w.h of the Pico SDK


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
        rp2040.gpio[_POWER_PIN].add_listener(self._supply)

    def lose_link(self) -> None:
        """The access point is gone: every connection dies, the guest hears it."""
        rp2040.lose_link(self.bus)

    def _supply(self, new: GPIOPinState, _old: GPIOPinState) -> None:
        # The emulator sees the supply go only from high to low. A reset of the guest lets go of the pin and
        # tells nobody: the radio would keep its old state and not answer to the driver's first words.
        if new == GPIOPinState.LOW:
            self.bus.power_off()

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
