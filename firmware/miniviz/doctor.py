"""A self-test in plain words: a line each, and one closing sentence with the fix of the first fault."""

from . import account, config, log, port, rules, sensors
from .clock import Clock
from .port import const
from .wifi import Wifi

_JOIN_MS = const(25000)
_HEAP_LEAST = const(40000)  # a TLS handshake needs about 40 KB; with less it fails like a bad chain
_FLASH_LEAST = const(65536)


class Ill(Exception):
    """What was found, and what to do."""

    def __init__(self, found, fix):
        self.found = found
        self.fix = fix


class Doubt(Ill):
    """Nothing is broken, but this is not as safe as it could be."""


def run():
    """Test everything that the config asks for; True if all is well."""
    patient = Doctor()
    for name, test in patient.tests():
        patient.test(name, test)
    print(patient.closing())
    return patient.fix is None


class Doctor:
    """Goes from the inside out; what needs something broken is skipped."""

    def __init__(self):
        self.fix = None
        self.advice = None  # of the first doubt
        self.settings = None
        self._broken = set()

    def tests(self):
        """Name and function of every test, in the order in which one needs the other."""
        return (
            ("config", self._config),
            ("heap", self._heap),
            ("flash", self._flash),
            ("sensors", self._sensors),
            ("camera", self._camera),
            ("wifi", self._wifi),
            ("dns", self._dns),
            ("clock", self._clock),
            ("tls", self._tls),
            ("server", self._server),
            ("limits", self._limits),
        )

    def test(self, name, function):
        """Run one test and print its line."""
        port.feed()
        needs = {"dns": "wifi", "clock": "wifi", "tls": "clock", "server": "tls", "wifi": "config"}
        needs.update({"sensors": "config", "camera": "config", "limits": "sensors"})
        need = needs.get(name)
        if need in self._broken:
            self._broken.add(name)
            print("%-8s --    not tested: needs %s" % (name, need))
            return
        try:
            said = function()
            if said:
                print("%-8s ok    %s" % (name, log.mask(said)))
        except Doubt as doubt:
            self.advice = self.advice or doubt.fix
            print("%-8s WARN  %s" % (name, log.mask(doubt.found)))
        except Ill as ill:
            self._note(name, ill.found, ill.fix)
        except Exception as error:  # noqa: BLE001 the doctor must come to its end
            found = "%s: %s" % (error.__class__.__name__, error)
            self._note(name, found, "report this as a fault of the firmware")

    def closing(self):
        """The last sentence."""
        if self.fix is not None:
            return "What to do: " + log.mask(self.fix)
        return "All is well." if self.advice is None else "All is well, with a warning: " + self.advice

    def _note(self, name, found, fix):
        self._broken.add(name)
        if self.fix is None:
            self.fix = fix
        print("%-8s FAULT %s" % (name, log.mask(found)))

    def _config(self):
        old = port.too_old()
        if old:
            raise Ill(old, "flash a newer MicroPython image")
        try:
            self.settings = config.load()
        except config.ConfigError as error:
            raise Ill(str(error), "correct config.json there and copy it to the board again")
        log.setup("error", None, self.settings.secrets())
        self.clock = Clock(self.settings.ntp)
        count = len(self.settings.sensors)
        words = self.settings.board, count, "" if count == 1 else "s", self.settings.label
        return "%s, %d sensor%s, label %s" % words

    def _heap(self):
        free = port.mem_free()
        if free is not None and free < _HEAP_LEAST:
            raise Ill("%d bytes free" % free, "free memory: fewer sensors, or the compiled firmware (.mpy)")
        return "%d bytes free" % free if free is not None else "as much as the computer has"

    def _flash(self):
        port.make_folder("outbox")
        if port.is_fat("outbox"):
            raise Ill("the file system is FAT", "flash an image with littlefs: a power cut can spoil FAT")
        from .store import Store

        waiting = Store().count
        free = port.disk_free(".")
        if free is not None and free < _FLASH_LEAST:
            raise Ill(
                "%d bytes free, readings that wait: %d" % (free, waiting),
                "remove files from the board's flash",
            )
        return "%s bytes free, readings that wait: %d" % (free, waiting)

    def _sensors(self):
        self._payloads, found, wrong = [], [], []
        for entry in self.settings.sensors:
            port.feed()
            try:
                values = sensors.create(entry).read()
                self._payloads.append(values)
                found.append("%s %s" % (entry["type"], values))
            except sensors.SensorError as error:
                wrong.append(str(error))
            except Exception as error:  # noqa: BLE001 a third party's driver
                wrong.append("%s: %s %s" % (entry["type"], error.__class__.__name__, error))
        if wrong:
            raise Ill("; ".join(wrong), wrong[0])
        return "; ".join(found)

    def _camera(self):
        entry = getattr(self.settings, "camera", None)
        if not entry:
            return None
        from . import cameras

        camera = None
        try:
            camera = cameras.create(entry)
            camera.set(entry["size"], entry["quality"])
            frame = camera.capture()
            size = frame.size
            frame.close()
        except Exception as error:  # noqa: BLE001 each driver has its own
            found = "%s: %s" % (entry["type"], error)
            raise Ill(found, "check the camera's wiring and its type in config.json")
        finally:
            if camera:
                camera.close()
        return "%s, a picture of %d bytes" % (entry["type"], size)

    def _wifi(self):
        wifi = Wifi(self.settings.wifi)
        until = self.clock.uptime_ms() + _JOIN_MS
        while not wifi.step():
            port.feed()
            if self.clock.uptime_ms() > until:
                raise Ill(
                    wifi.reason, "check the network's name and password in config.json, and the distance"
                )
            port.sleep_ms(100)
        return "%s, %s dBm" % (wifi.ssid, wifi.rssi())

    def _dns(self):
        import socket

        host = self.settings.url.split("://", 1)[1].split("/")[0].split(":")[0]
        try:
            return "%s is %s" % (host, socket.getaddrinfo(host, 80)[0][-1][0])
        except (OSError, IndexError) as error:
            raise Ill("no address for %s (%s)" % (host, error), "check miniviz.url, and the router's DNS")

    def _clock(self):
        if not self.clock.sync():
            raise Ill(self.clock.reason, "name a reachable time server under ntp (UDP port 123 must be open)")
        return "%s +-%d ms" % (log.iso(self.clock.now_ms()), self.clock.error_ms())

    def _tls(self):
        """A handshake that checks the chain with nothing secret behind it; any answer will do."""
        scheme, _, place = self.settings.url.partition("://")
        if scheme != "https":
            return "not used: miniviz.url begins with http:"
        host = place.split("/")[0]
        for name, choice in (("insecure", True), ("transport", "urequests")):
            if getattr(self.settings, name) == choice:
                raise Doubt(
                    'with "%s" in config.json neither certificate nor host name of %s is checked: '
                    "who stands in between reads the token" % (name, host),
                    'take "%s" out of config.json and run `miniviz deploy`, which brings the root certificate'
                    % name,
                )
        from . import http

        session = http.Session(idle=lambda: port.feed())
        try:
            session.post("https://%s/" % host).close()
        except http.Failure as error:
            raise Ill(error.words, account.reach(self.settings.url, error.words))
        finally:
            session.close()
        return "the root in ca.der vouches for %s" % host

    def _server(self):
        found, fix = account.check(self.settings, self.clock)
        if fix:
            raise Ill(found, fix)
        return found

    def _limits(self):
        for payload in self._payloads:
            try:
                rules.check(self.settings.label, payload)
            except rules.Refused as error:
                raise Ill(str(error), "shorten or rename the keys, or give the sensor a label of its own")
        return "every payload keeps them"
