"""The WiFi station: step() never waits for a join, it only looks how far one is."""

from . import log, unload


class Wifi:
    """Joins the strongest of the known networks, watches it and joins again after a loss."""

    def __init__(self, networks):
        self.networks = networks
        self.ssid = None  # the network that is joined or being joined
        self.joins = 0
        self.reason = "not tried yet"
        self.wlan = None
        self._join = None  # while there is no link: what is done about that
        self._up = False

    def step(self):
        """Look at the link, begin what is due; True while joined."""
        if self.wlan is None:
            self._join = self._join or self._joiner()
            if not self._join.start():
                return False
        if self.wlan.isconnected():
            if not self._up:
                self._joined()
            return True
        if self._up:
            self._lost()
        if self._join is None:
            self._join = self._joiner()
        self._join.step()
        return False

    def rssi(self):
        """Signal strength in dBm, or None while not joined."""
        if not self._up:
            return None
        try:
            return self.wlan.status("rssi")
        except (OSError, ValueError):  # lost in this very moment
            return None

    def stop(self):
        """Leave the network."""
        if self.wlan is not None:
            self.leave()
            self._up, self._join = False, None
            self.reason = "stopped"

    def off(self):
        """Leave the network and switch the radio off; step() switches it on again."""
        self.stop()
        if self.wlan is not None:
            self.wlan.active(False)
            self.wlan = None

    def leave(self):
        """Drop the link or the try to get one."""
        try:
            self.wlan.disconnect()
        except OSError:  # esp32 refuses when there is nothing to leave
            pass

    def _joiner(self):
        from .join import Join

        return Join(self)

    def _joined(self):
        self._up, self._join = True, None
        unload("join", "port_seldom")
        self.joins += 1
        self.reason = "joined"
        log.info("wifi", "joined %s as %s" % (self.ssid, self.wlan.ifconfig()[0]))

    def _lost(self):
        self._up = False
        self.reason = "the link to %s was lost" % self.ssid
        log.warning("wifi", self.reason)
        self.leave()
