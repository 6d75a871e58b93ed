"""TLS on the board's own mbedTLS: a good server is taken, wrong ones refused in words, no heap is lost."""

import ssl
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import FIRMWARE
from miniviz_lab.pico_w import PicoW
from platform_server import HOST, Platform

if not (FIRMWARE / "miniviz" / "http.py").is_file():
    pytest.skip("this firmware has no http.Session yet", allow_module_level=True)

from miniviz_lab.certificates import Authority

AUTHORITIES = {key: Authority(key, HOST) for key in ("p256", "rsa")}
# Bytes: what mbedTLS makes once, and the files that put a failure into words.
FIRST_KEEPS = 8192
LATER_KEEPS = 256
POST = """
import gc, json, ssl
from miniviz import http, tls, wire
said, free = [], []
def heap():
    gc.collect(); free.append(gc.mem_free())
heap()
{ballast}
for _ in range({sessions}):
    session = http.Session()
    for _ in range({posts}):
        try:
            answer = session.post("https://miniviz.test/x", json={{"timestamp": 1}}, timeout=60)
            said.append(answer.status_code); answer.close()
        except Exception as error:
            said.append(str(error))
    session.close(); session = answer = ballast = None; heap()
print(repr((said, free)))
"""
BALLAST = "ballast = [bytearray(256) for _ in range((free[0] - {}) // 272)]"
SET_CLOCK = "import machine; machine.RTC().datetime({})"


def post(
    folder: Path,
    key: str,
    kind: str,
    *,
    clock: bool = True,
    keep_free: int = 0,
    posts: int = 1,
    sessions: int = 1,
) -> Callable[[PicoW], Any]:
    """Against a server of that kind: what each post came to, free heap before and after each session."""
    authority = AUTHORITIES[key]

    async def scenario(board: PicoW) -> Any:
        context: ssl.SSLContext = authority.context(kind, folder)  # type: ignore[arg-type]
        platform = await Platform(board).open(443, context)
        t = time.gmtime()
        if clock:
            await board.machine.exec(SET_CLOCK.format((t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0)))
        await board.machine.exec(f"f = open('ca.der', 'wb'); f.write({authority.der!r}); f.close()")
        ballast = BALLAST.format(keep_free) if keep_free else ""
        code = POST.format(ballast=ballast, posts=posts, sessions=sessions)
        told = eval(await board.machine.exec(code, timeout=1200))
        return (*told, len(platform.accepted))

    return scenario


KINDS = {
    "p256 good": ("p256", "good", {"posts": 3}, [200, 200, 200]),
    "rsa good": ("rsa", "good", {}, [200]),
    # The refusals with RSA, whose signatures the board checks fifteen times as fast.
    "wrong root": ("rsa", "unknown_issuer", {}, "nobody that ca.der knows vouches for"),
    "expired": ("rsa", "expired", {"sessions": 3}, "has expired"),
    "wrong host": ("rsa", "wrong_host", {}, "the certificate is not for miniviz.test"),
    "clock not set": ("rsa", "good", {"clock": False}, "the clock is not set (it says 2021)"),
    "little heap": ("rsa", "good", {"keep_free": 30_000}, "too little memory for TLS"),
}


def _case(name: str) -> Callable[[PicoW], Any]:
    key, kind, more, _ = KINDS[name]

    async def scenario(board: PicoW) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            return await post(Path(folder), key, kind, **more)(board)

    return scenario


CASES = {name: _case(name) for name in KINDS}


@pytest.mark.parametrize("case", CASES)
def test_a_server_is_taken_or_refused_in_words(results, case: str, record_property) -> None:
    said, free, accepted = results(case)
    expected = KINDS[case][3]
    record_property("heap", free)
    if isinstance(expected, list):
        assert said == expected and accepted == len(expected)
    else:
        assert all(expected in words for words in said) and accepted == 0, said
    assert free[1] >= free[0] - FIRST_KEEPS, free
    assert all(later >= free[1] - LATER_KEEPS for later in free[2:]), free
