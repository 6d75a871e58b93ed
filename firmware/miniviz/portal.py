"""Settings without a cable: an access point, a page that tests what it is given, and then a restart."""

import gc
import json

from . import candidate, config, form, led, log, page, port, port_access_point, state
from .captive import Names
from .port import const
from .trial import Trial
from .web import Web

_PATIENCE_MS = const(600000)  # without a request: whoever opened it has left
_LONGEST_MS = const(3600000)  # however busy: nobody may keep a board from its work
_LAST_MS = const(6000)  # the last page's way to the phone, before the access point goes
_NAP_MS = const(10)
_HERE = (
    "portal",
    "candidate",
    "form",
    "page",
    "port_access_point",
    "port_names",
    "captive",
    "trial",
    "web",
    "account",
)


def run(watch=None):
    """Serve until settings are kept, then restart; returns when nobody came, or it cannot be opened."""
    if watch:
        watch.good()  # a person is at work here: no crash, whatever follows
    try:
        portal = Portal()
    except Exception as error:  # noqa: BLE001 a computer, a board without WiFi, or a mistake of ours
        _tell("not opened", error)
        _forget()
        return
    kept = broken = False
    try:
        if watch and portal.guarded:
            watch.watch()
        kept = portal.serve()
    except Exception as error:  # noqa: BLE001 whatever it is, the device may still have work
        broken = True
        _tell("closed, the start goes on", error)
    finally:
        if watch:
            watch.stop()
        portal.close()
    if kept:
        port.reset()
    if not broken:
        log.warning("portal", "closed: nobody came for %d minutes" % (_PATIENCE_MS // 60000))
    _forget()


def secret(board):
    """The access point's password: board.json's, else a random one of the board's own, kept in state.json.

    Made of the board's number it would be no secret: an ESP32 sends that number with every packet.
    """
    found = board.get("portal_password") or state.get("portal_password")
    if not found:
        found = port_access_point.password()
        state.put("portal_password", found)
    return found


def _tell(what, error):
    """The reason is enough where no network can be opened; of a mistake the place is told too."""
    if isinstance(error, (OSError, ImportError)):
        log.warning("portal", "%s (%s)" % (what, error))
    else:
        log.error("portal", what + ":\n" + log.mask(port.traceback_text(error)))


def keep(raw, path="config.json", aside=False):
    """Write it beside the old file and rename it over that: whole or not at all.

    aside: the old file is not valid, so none of it could be taken over; one copy stays as config.json.old.
    """
    if aside:
        _copy(path, path + ".old")
    with open(path + ".new", "w") as file:
        json.dump(raw, file)
    port.replace(path + ".new", path)


def _copy(path, target):
    """Whole or not at all, and without a moment in which the first is not there."""
    block = bytearray(256)
    with open(path, "rb") as source, open(path + ".new", "wb") as file:
        while True:
            count = source.readinto(block)
            if not count:
                break
            file.write(memoryview(block)[:count])
    port.replace(path + ".new", target)


class Portal:
    """The access point, its name server and its page."""

    def __init__(self, address=None, http=80, dns=53):
        self._board = config.load_board()
        self._old, wrong = candidate.stored()
        self._aside = bool(wrong)
        self.guarded = self._old.get("watchdog", True)
        self._trial = self._names = self._web = self._point = None
        self._kept = None  # the last page's words
        self._raw = None  # the config.json that is tested
        number = port_access_point.unique()
        self.view = _filled(self._old, self._board, number)
        if wrong:
            self.view.note = (
                "The stored settings are not valid and will be replaced; a copy stays as config.json.old. "
                + wrong
            )
        self._password = self._token = ""  # typed before: a mistake elsewhere does not cost them
        self._scan()
        self._light = led.Led(self._board.get("led"), self._board.get("led_on", 1))
        self._light.show(led.SETUP)
        try:
            password = secret(self._board)
            ssid = "miniviz-" + number[-4:]
            self._point = port_access_point.start(ssid, password)
            # The access point's own address only: the page is not for the network that is being tested.
            address = address or self._point.ifconfig()[0]
            self._home = "http://" + address + ("" if http == 80 else ":%d" % http) + "/"
            self._web = Web(address, http, self._answer)
            self._names = Names(address, dns)
        except Exception:  # whatever it is, no socket stays open
            self.close()
            raise
        log.info("portal", "join the WiFi %s, password %s, and open %s" % (ssid, password, self._home))

    def serve(self):
        """Until the settings are kept (True) or nobody comes any more (False)."""
        begun = last = port.ticks_ms()
        while True:
            now = port.ticks_ms()
            if self.step():
                last = now
            if self._kept and port.ticks_diff(now, self._kept_at) > _LAST_MS:
                return True
            busy = self._trial or self._kept
            if not busy and port.ticks_diff(now, last) > _PATIENCE_MS:
                return False
            if not busy and port.ticks_diff(now, begun) > _LONGEST_MS:
                return False
            port.sleep_ms(_NAP_MS)

    def step(self):
        """Serve what waits and go on with the test; True if somebody was here."""
        port.feed()
        self._light.tick()
        self._names.step()
        served = self._web.step()
        if self._trial:
            self._trial.step()
            self._judge()
        return served

    def close(self):
        """Close every socket and the access point."""
        if self._trial:
            self._trial.close()
        for part in (self._names, self._web):
            if part:
                part.close()
        if self._point:
            self._point.active(False)
        self._light.show(led.OK)
        self._light.tick()

    def _answer(self, request):
        if request.host and request.host != self._home[7:-1]:  # a name that we answered for
            return 302, self._home, ()
        if request.path == "/state":
            return 200, "text/plain; charset=utf-8", iter((self._trial.told if self._trial else "",))
        if request.path == "/save" and request.method == "POST":
            return self._save(request.body)
        if request.path == "/scan" and not self._trial:
            self._scan()
        if request.path != "/":
            return 302, self._home, ()
        if self._kept:
            pieces = page.kept(self._kept)
        else:
            pieces = page.trying(self._trial.told) if self._trial else page.form(self.view)
        return 200, "text/html; charset=utf-8", pieces

    def _save(self, body):
        """Take the form and begin to test it."""
        if not self._trial and not self._kept:
            try:
                self._begin(form.fields(body, candidate.FIELDS))
            except config.ConfigError as error:
                self.view.error = str(error).replace("config.json: ", "") + "."
            except ValueError as error:
                self.view.error = "That form cannot be read (%s)." % error
        return 303, self._home, ()

    def _begin(self, wanted):
        view = self.view
        for name in candidate.FIELDS:
            wanted.setdefault(name, "")
        ssid = wanted["pick"] or wanted["ssid"]
        if ssid != view.ssid:  # another network's password is of no use
            self._password = ""
        if wanted["url"].strip().rstrip("/") != view.url:
            self._token = ""
        self._password = wanted["password"] = wanted["password"] or self._password
        self._token = wanted["token"] = wanted["token"] or self._token
        view.ssid, view.project, view.label = ssid, wanted["project"].strip(), wanted["label"].strip()
        view.url = wanted["url"].strip().rstrip("/") or candidate.URL
        view.error = ""
        self._see_kept()
        self._raw = candidate.made(self._old, wanted, self._board)
        candidate.look(self._raw)
        self._trial = Trial(config.check(self._raw, self._board))

    def _see_kept(self):
        """What an empty field stands for."""
        view, there = self.view, self._old.get("miniviz") or {}
        known = [one["ssid"] for one in self._old.get("wifi") or () if one.get("password")]
        view.kept_password = bool(self._password) or view.ssid in known
        stored = "token" in there and view.url == there.get("url", candidate.URL)
        view.kept_token = bool(self._token) or stored

    def _judge(self):
        """Keep what passed; what failed is told on the form."""
        trial = self._trial
        if trial.failed is not None:
            self.view.error = trial.failed.replace(" into config.json", "")
            self._trial = self._raw = None
            gc.collect()
        elif trial.done:
            trial.close()
            self._trial = None
            try:
                keep(self._raw, aside=self._aside)
            except OSError as error:
                self.view.error = "All is right, but it cannot be stored (%s)." % error
                return
            self._kept, self._kept_at = trial.told, port.ticks_ms()
            log.info("portal", "stored; " + trial.told)

    def _scan(self):
        """The networks in reach, strongest first; names that no form can send are left out."""
        import network

        station = network.WLAN(network.STA_IF)
        station.active(True)
        port.feed()
        signal = {}
        try:
            for found in station.scan():
                try:
                    ssid = found[0].decode()
                except UnicodeError:
                    continue
                if ssid and form.printable(ssid):
                    signal[ssid] = max(found[3], signal.get(ssid, -200))
        except OSError as error:
            log.debug("portal", "scan failed (%s)" % error)
        self.view.networks = sorted(signal, key=lambda ssid: -signal[ssid])[:20]


def _filled(old, board, number):
    view, there = page.View(), old.get("miniviz") or {}
    view.project = there.get("project", "")
    view.label = there.get("label") or "%s-%s" % (board.get("board", "board").replace("_", "-"), number[-4:])
    view.url = there.get("url", candidate.URL).rstrip("/")
    view.ssid = old["wifi"][0]["ssid"] if old.get("wifi") else ""
    view.kept_token = "token" in there
    view.kept_password = bool(old.get("wifi")) and bool(old["wifi"][0].get("password"))
    return view


def _forget():
    """What only the portal needs leaves the RAM again."""
    import miniviz

    miniviz.unload(*_HERE)
    gc.collect()
