"""When to look for another version, and what ends its trial; not loaded where neither is asked for."""

import sys

from . import client, log, port, state, unload
from .port import const

_TRY_MS = const(60000)  # of a person's update() for WiFi and time


class Upkeep:
    """Beside the loop: one step of an update per round, so that readings go on."""

    def __init__(self, app, plan, trial):
        self._app = app
        self._trial = trial
        self._every_ms = int(plan["every"] * 3600000) if plan else None
        self._looked = state.get("looked") or 0  # UNIX seconds
        self._work = None
        if plan and not trial:
            _tell_of_failure()

    def witness(self, send):
        """The client's send, watched for the delivery that ends a trial."""

        def watched(timestamp, label, payload):
            outcome = send(timestamp, label, payload)
            if outcome.kind == client.DELIVERED and self._trial:
                trial, self._trial = self._trial, None
                _keep(trial)
            return outcome

        return watched if self._trial else send

    @property
    def busy(self):
        """While a version is fetched nothing is sent: a board has no memory for two TLS connections."""
        return self._work is not None

    def step(self, whole=False):
        """Look if it is time; with `whole` the update is done at once (a board that goes to sleep)."""
        if self._work is None and self._due():
            now = self._app.clock.now_ms() // 1000
            self._looked = now
            state.put("looked", now)  # before the look: whatever it meets, the next one is a period later
            self._work = _work(self._app)
        while self._work:
            if not self._step() or not whole:
                return

    def _due(self):
        if self._every_ms is None or self._trial or self._app.sender.problem:
            return False
        now = self._app.clock.now_ms()
        return now is not None and not 0 <= now - self._looked * 1000 < self._every_ms

    def _step(self):
        """One bit of work; False at the end."""
        try:
            next(self._work)
            return True
        except StopIteration:
            self._work = None
        return False


def _work(app):
    """An update from the first question to the restart."""
    try:
        for version in _steps(app):  # noqa: B007 the last one is the answer
            yield
        if version:
            _restart(app)
    except Exception as error:  # noqa: BLE001 an update that fails must not stop the readings
        log.warning("update", str(error) or error.__class__.__name__)
    finally:
        _unload()


def _steps(app, url=None, again=False, say=None):
    """Yields None while it works; at last the version that was installed, or False."""
    from . import download, upgrade

    settings = app.config
    app.hang_up()  # two TLS connections are more than a board's memory takes
    ca = "update.der" if port.file_size("update.der") else "ca.der"
    session = download.Download(ca=ca, insecure=settings.insecure, idle=lambda: port.feed())
    try:
        look = upgrade.Upgrade(settings, session.get, sys.modules["miniviz"].__path__, url, again)
        for done in look.steps():
            if done and say:
                say(done)
            yield None
    finally:
        session.close()
    if look.version:
        log.info("update", "%s is in place and runs after the restart, on trial" % look.version)
    else:
        log.info("update", "nothing newer")
    yield look.version or False


def _restart(app):
    """Start as the other version; what waits is stored first."""
    app.outbox.flush()
    if app.shooter:
        app.shooter.close()
    if app.guard:
        app.guard.good()
    port.reset()


def now(app, url):
    """What miniviz.update() does: join, set the clock (TLS asks for it), fetch, say how it went."""
    if not app.connect(_TRY_MS):
        print("no WiFi: " + app.wifi.reason)
        return None
    if app.clock.now_ms() is None and not app.sync() and app.config.url.startswith("https:"):
        print("no time, so no certificate can be checked: " + app.clock.reason)
        return None
    version = None
    try:
        for version in _steps(app, url, True, print):  # noqa: B007
            port.feed()
    except Exception as error:  # noqa: BLE001 a person reads the sentence
        print("no update: " + log.mask(str(error) or error.__class__.__name__))
        return None
    finally:
        _unload()
    print("installed %s; a restart starts it" % version if version else "nothing newer")
    return version or None


def _keep(trial):
    """The version has delivered: it stays, and the flash of the one before is free again."""
    kept = trial.delivered()
    log.info("update", "%s delivers and stays" % kept["version"])
    _clear(kept)
    _unload()


def _tell_of_failure():
    from . import switch

    pointer = switch.load()
    failed = pointer.get("failed")
    if failed:
        log.warning("update", "%s was rolled back: %s" % (failed["version"], failed["why"]))
        _clear(pointer)


def _clear(pointer):
    """Of versions from the air only the one that runs is kept."""
    from . import switch

    port.remove(switch.place("b" if pointer.get("use") == "a" else "a"))


def _unload():
    """The loop needs none of it until the next look."""
    unload("upgrade", "archive", "download", "hmac", "head", "endpoint", "no_answer", "port_seldom")
