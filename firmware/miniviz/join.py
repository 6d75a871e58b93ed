"""Getting a link: the known networks by strength, one after the other; loaded only while there is none."""

from . import log, port
from .port import const

_JOIN_MS = const(20000)  # association, key exchange and DHCP; a Pico W's first join can need most of it
_STALE_MS = const(5000)  # esp32 shows the last join's failure on, until this one is decided
_SETTLE_MS = const(1000)  # esp32 needs a second after a failed join before the next one
_FORGET_MS = const(1000)  # leaving takes a few ms; a driver that never says so must not hold us up
_AGAIN_MS = const(5000)  # first pause after all networks failed, doubled up to:
_AGAIN_MAX_MS = const(60000)

# Status names of both ports -> what the user reads; a port lacks those of the other.
_FAILURES = (
    ("STAT_WRONG_PASSWORD", "wrong password"),
    ("STAT_NO_AP_FOUND", "not in reach"),
    ("STAT_CONNECT_FAIL", "join failed"),
    ("STAT_ASSOC_FAIL", "join refused"),
    ("STAT_HANDSHAKE_TIMEOUT", "wrong password, or a weak signal"),
    ("STAT_BEACON_TIMEOUT", "signal lost"),
    # ESP-IDF 5 tells these from "not in reach": the network is there, but not as it was asked for.
    ("STAT_NO_AP_FOUND_W_COMPATIBLE_SECURITY", "its security does not suit this board"),
    ("STAT_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD", "it is open or weaker than the password asks for"),
    ("STAT_NO_AP_FOUND_IN_RSSI_THRESHOLD", "too weak here"),
)


class Join:
    """The tries since the link was lost, or since the start."""

    def __init__(self, wifi):
        import network

        self._wifi = wifi
        self._failures = {}
        for name, words in _FAILURES:
            code = getattr(network, name, None)
            if code is not None:
                self._failures[code] = words
        self._queue = []  # networks still to try in this round
        self._since = None  # ticks when the present join began
        self._stale = None  # the status it began with
        self._wait_from = port.ticks_ms()
        self._wait_ms = 0
        self._again_ms = _AGAIN_MS

    def step(self):
        """Look how far the join is, or begin the next one."""
        if self._since is not None:
            self._watch()
        elif port.ticks_diff(port.ticks_ms(), self._wait_from) >= self._wait_ms:
            self._next()

    def start(self):
        """Switch the radio on; False if that failed, or failed a moment ago."""
        import network

        if port.ticks_diff(port.ticks_ms(), self._wait_from) < self._wait_ms:
            return False
        wlan = network.WLAN(network.STA_IF)
        try:
            wlan.active(True)
        except OSError as error:  # esp32 without memory for its driver
            self._wifi.reason = "the radio does not start (%s)" % error
            log.warning("wifi", self._wifi.reason)
            self._pause(_AGAIN_MS)
            return False
        self._wifi.wlan = wlan
        port.tune_wlan(wlan)
        self._forget()
        return True

    def _forget(self):
        """A soft reset keeps the last program's link, which may be to a network that is no longer wanted."""
        until = port.ticks_add(port.ticks_ms(), _FORGET_MS)
        if self._wifi.wlan.isconnected():
            self._wifi.leave()
        while self._wifi.wlan.isconnected() and port.ticks_diff(until, port.ticks_ms()) > 0:
            port.sleep_ms(10)

    def _next(self):
        """Begin to join the next known network of this round, or a new round."""
        if not self._queue:
            self._queue = self._by_signal()
        network = self._queue.pop(0)
        self._wifi.ssid = network["ssid"]
        self._wifi.leave()  # esp32 raises "Wifi Internal Error" on connect() while it still tries another
        self._stale = self._wifi.wlan.status()
        try:
            self._wifi.wlan.connect(self._wifi.ssid, network["password"])
            self._since = port.ticks_ms()
        except OSError as error:
            self._failed("cannot start a join (%s)" % error)

    def _watch(self):
        status = self._wifi.wlan.status()
        passed = port.ticks_diff(port.ticks_ms(), self._since)
        if status in self._failures and (status != self._stale or passed > _STALE_MS):
            self._failed(self._failures[status])
        elif passed > _JOIN_MS:
            self._failed("no answer within %d s: wrong password, weak signal or no DHCP" % (_JOIN_MS // 1000))

    def _failed(self, words):
        self._since = None
        self._wifi.reason = "%s: %s" % (self._wifi.ssid, words)
        log.warning("wifi", self._wifi.reason)
        self._wifi.leave()
        if self._queue:
            self._pause(_SETTLE_MS)
        else:
            self._pause(self._again_ms)
            self._again_ms = min(2 * self._again_ms, _AGAIN_MAX_MS)

    def _by_signal(self):
        """The known networks, strongest first; those not seen last, for they may be hidden."""
        signal = {}
        if len(self._wifi.networks) == 1:  # a scan takes longer than a join
            return list(self._wifi.networks)
        try:
            for found in self._wifi.wlan.scan():
                ssid = found[0].decode() if isinstance(found[0], bytes) else found[0]
                signal[ssid] = max(found[3], signal.get(ssid, -200))
        except (OSError, UnicodeError) as error:
            # A scan can fail while the radio is busy, and an SSID need not be UTF-8.
            log.debug("wifi", "scan failed (%s)" % error)
        return sorted(self._wifi.networks, key=lambda n: -signal.get(n["ssid"], -200))

    def _pause(self, ms):
        self._wait_from, self._wait_ms = port.ticks_ms(), ms
