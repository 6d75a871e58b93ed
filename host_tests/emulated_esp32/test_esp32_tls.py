"""Verified TLS on the official ESP32 image: a good certificate delivers, wrong ones end in a sentence."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import rig
from miniviz_lab.esp32.console import Console
from miniviz_lab.esp32.relay import Relay
from miniviz_server.runner import running

certificates = pytest.importorskip("miniviz_lab.certificates", reason="no certificates to test with")

HOST = "api.miniviz.test"
REFUSALS = {
    "expired": "has expired",
    "not_yet_valid": "is not valid yet",
    "wrong_host": "is not for api.miniviz.test",
    "unknown_issuer": "nobody that ca.der knows",
    "self_signed": "nobody that ca.der knows",
}
_JOIN = """
import gc, time
from miniviz import app, http
a = app.current()
while not a.wifi.step(): time.sleep_ms(100)
gc.collect()
print(gc.mem_free())
"""
_POST = f"""
s = http.Session()
try:
    print(s.post("https://{HOST}:{rig.PORT}/", data=b"x", timeout=60).status_code)
except Exception as e:
    print(getattr(e, "words", repr(e)))
s.close()
del s
gc.collect()
print(gc.mem_free())
"""


def _post(console: Console) -> tuple[str, int]:
    """The sentence (or status) of one post over a new connection, and the free heap after it."""
    *said, free = console.run(_POST, rig.PATIENCE).strip().splitlines()
    return " ".join(said), int(free)


@pytest.mark.parametrize("key", ["p256", "rsa"])
def test_good_certificates_deliver_and_wrong_ones_are_refused_in_words(key: str, tmp_path: Path) -> None:
    authority = certificates.Authority(key, host=HOST)
    config = rig.settings()
    config["miniviz"]["url"] = f"https://{HOST}:{rig.PORT}"
    with rig.lab(config, **{"ca.der": authority.der}) as lab, running() as server:
        place = urlsplit(server.url)
        target = (str(place.hostname), int(place.port or 80))

        def shown(kind: str) -> Relay:
            return Relay(lab.listen(rig.PORT), target, authority.context(kind, tmp_path))

        with shown("good"):
            console = lab.board.power_on()
            console.wait_for("delivered, id 2", rig.PATIENCE)
            delivered = rig.counts(lab)["delivered"]
            assert delivered == server.count(rig.PROJECT.id) >= 2
        before = int(console.run(_JOIN, rig.PATIENCE).split()[-1])
        for kind, words in REFUSALS.items() if key == "p256" else ():
            with shown(kind):
                said, after = _post(console)
            assert words in said, (kind, said)
            assert after > before - 8192, kind
        console.run("import machine\nmachine.RTC().datetime((2000, 1, 1, 0, 0, 0, 0, 0))")
        with shown("good"):
            assert "the clock is not set (it says 2000)" in _post(console)[0]
