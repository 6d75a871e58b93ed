"""The official Pico W image is fetched once: progress is shown, a part of it is never taken for the whole."""

import http.server
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rp2040py", reason="the emulator is not available for this computer")

from miniviz_cli import emulate_pico_w
from miniviz_cli.errors import UserError
from miniviz_lab.pico import image

CONTENT = os.urandom(200_000)


class Store(http.server.ThreadingHTTPServer):
    """Sends the first half, then waits; `whole` says whether the second half comes too."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.go_on, self.whole, self.asked = threading.Event(), True, list[str]()


class Answer(http.server.BaseHTTPRequestHandler):
    """One answer of the store."""

    server: Store

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        half = len(CONTENT) // 2
        self.wfile.write(CONTENT[:half])
        self.wfile.flush()
        self.server.go_on.wait(60)
        if self.server.whole:
            self.wfile.write(CONTENT[half:])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the library's name
        pass


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Every address leads here; the cache is empty."""
    monkeypatch.delenv("MINIVIZ_PICO_W_IMAGE", raising=False)
    for home in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(home, str(tmp_path))
    monkeypatch.setattr(image, "CACHE", tmp_path / ".cache" / "rp2040py")
    monkeypatch.setattr(image, "SHA256", sha256(CONTENT).hexdigest())
    stock = urllib.request.urlopen
    with Store() as store:
        here = f"http://127.0.0.1:{store.server_address[1]}/"
        monkeypatch.setattr(
            urllib.request, "urlopen", lambda url, timeout: stock(here + Path(url).name, timeout=timeout)
        )
        threading.Thread(target=store.serve_forever, daemon=True).start()
        yield store
        store.go_on.set()
        store.shutdown()


def test_progress_is_told_while_it_comes(store: Store) -> None:
    told: list[int] = []

    def progress(size: int) -> None:
        told.append(size)
        if 0 < size < len(CONTENT):
            store.go_on.set()

    file = image.fetch(progress)
    assert file.read_bytes() == CONTENT
    assert any(0 < size < len(CONTENT) for size in told) and told[-1] == len(CONTENT), told
    assert store.asked == [f"/{image.NAME}"]
    assert image.cached() == file


def test_the_verb_fetches_it_at_the_first_start_only(store: Store) -> None:
    store.go_on.set()
    assert emulate_pico_w.official_image() == emulate_pico_w.official_image() == image.cached()
    assert len(store.asked) == 1


def test_a_part_is_refused_and_not_kept(store: Store) -> None:
    store.whole = False
    store.go_on.set()
    with pytest.raises(UserError, match=r"not the whole official image .*; start again"):
        emulate_pico_w.official_image()
    assert image.cached() is None


def test_ctrl_c_leaves_no_part_behind(store: Store) -> None:
    def stop(size: int) -> Any:
        if size:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        image.fetch(stop)
    assert image.cached() is None


def test_without_a_way_there_one_sentence_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise urllib.error.URLError("no way there")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    with pytest.raises(UserError, match="is this computer online"):
        emulate_pico_w.official_image()
    assert image.cached() is None
