"""`miniviz flash`: a folder plays the UF2 drive, a stand-in plays esptool, a server breaks off."""

import hashlib
import json
import re
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from command import miniviz, one_sentence
from image_files import esp, uf2
from miniviz_cli import boards, download, images
from miniviz_cli.errors import UserError
from miniviz_lab.esp32 import found as esp32
from miniviz_lab.pico import image as official

STAND_IN = Path(__file__).parent / "stand_in"
INFO = "UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: {}\n"


def drive_in(folder, chip="RPI-RP2"):
    folder.mkdir()
    (folder / "INFO_UF2.TXT").write_text(INFO.format(chip))
    return folder


@contextmanager
def boot_rom(folder, name, size):
    """Takes the drive away once the whole image is on it, as a board does."""
    over = threading.Event()

    def watch():
        while not over.wait(0.05):
            file = folder / name
            if file.is_file() and file.stat().st_size == size:
                (folder / "INFO_UF2.TXT").unlink()
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def write(folder, name, data):
    file = folder / name
    file.write_bytes(data)
    return file


def test_uf2_drive_offline(tmp_path):
    image = write(tmp_path, "mine.uf2", uf2())
    drive = drive_in(tmp_path / "RPI-RP2")
    with boot_rom(drive, "mine.uf2", image.stat().st_size):
        done = miniviz("flash", "--drive", drive, "--file", image, "--board", "pico_w")
    assert done.returncode == 0, done.stderr
    assert f"sha256 {hashlib.sha256(uf2()).hexdigest()}, NOT verified: " in done.stdout
    assert (drive / "mine.uf2").read_bytes() == image.read_bytes()
    assert "MicroPython is on it; next: miniviz configure" in done.stdout


@pytest.mark.parametrize(
    ("data", "board", "drive", "words"),
    [
        (
            uf2("RP2350"),
            "pico_w",
            "RPI-RP2",
            "is for the RP2350, this board has an RP2040; nothing was written",
        ),
        (esp("ESP32"), "pico_w", "RPI-RP2", "is for the ESP32, this board has an RP2040"),
        (
            uf2(),
            "pico_w",
            "RP2350",
            "is the drive of an RP2350, x.uf2 is for the RP2040; nothing was written",
        ),
        (uf2()[:-100], "pico_w", "RPI-RP2", "is cut off"),
        (uf2()[:-512], "pico_w", "RPI-RP2", "ends at block 299 of 300"),
        (uf2()[:512] + bytes(512) + uf2()[1024:], "pico_w", "RPI-RP2", "is spoiled at block 1"),
        (b"<html>Not found", "pico_w", "RPI-RP2", "is no MicroPython image"),
    ],
)
def test_a_wrong_image_is_refused_before_anything_is_written(tmp_path, data, board, drive, words):
    place = drive_in(tmp_path / "drive", drive)
    done = miniviz("flash", "--board", board, "--drive", place, "--file", write(tmp_path, "x.uf2", data))
    assert done.returncode == 1
    assert words in one_sentence(done)
    assert [file.name for file in place.iterdir()] == ["INFO_UF2.TXT"]


def test_an_rp2350_image_begins_with_a_block_of_its_own(tmp_path):
    assert images.chip(write(tmp_path, "pico2.uf2", uf2("RP2350", absolute=True))) == "RP2350"


def test_no_drive(tmp_path):
    done = miniviz("flash", "--board", "pico_w", "--drive", tmp_path, "--file", write(tmp_path, "i", uf2()))
    assert "is no UF2 drive: INFO_UF2.TXT cannot be read" in one_sentence(done)


def esp_flash(tmp_path, *flags, trouble="", chip="ESP32"):
    env = {"PYTHONPATH": str(STAND_IN), "STAND_IN_RECORD": str(tmp_path / "call.json")}
    image = write(tmp_path, "mine.bin", esp(chip))
    call = ("flash", "--board", "esp32_devkit", "--port", "/dev/ttyFAKE", "--file", image, *flags)
    return miniviz(*call, env={**env, "STAND_IN_TROUBLE": trouble})


@pytest.mark.parametrize("flags", [(), ("--erase",)])
def test_esp32_by_esptool(tmp_path, flags):
    done = esp_flash(tmp_path, *flags)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "call.json").read_text()) == {
        "chip": "esp32",
        "port": "/dev/ttyFAKE",
        "address": 0x1000,
        "erase": bool(flags),
        "size": 20000,
    }


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (
            "A fatal error occurred: This chip is ESP32-S3, not ESP32. Wrong chip argument?",
            "has another chip: A fatal error occurred: This chip is ESP32-S3",
        ),
        (
            "A fatal error occurred: Failed to connect to ESP32: No serial data received.",
            "no answer on /dev/ttyFAKE: hold BOOT, press and release EN",
        ),
        (
            "A fatal error occurred: Could not open /dev/ttyFAKE, the port is busy or doesn't exist.",
            "the port /dev/ttyFAKE is not there or taken",
        ),
        ("something new", "esptool could not write to the board on /dev/ttyFAKE: something new"),
    ],
)
def test_esptool_failures_end_in_advice(tmp_path, trouble, words):
    done = esp_flash(tmp_path, trouble=trouble)
    assert done.returncode == 1
    assert words in one_sentence(done)


def test_an_esp32_s3_image_is_refused(tmp_path):
    done = esp_flash(tmp_path, chip="ESP32-S3")
    assert "mine.bin is for the ESP32-S3, this board has an ESP32" in one_sentence(done)
    assert not (tmp_path / "call.json").exists()


class Shelf(BaseHTTPRequestHandler):
    """Serves one image, cuts the first answers short, and continues where asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        shop = self.server
        begin = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
        shop.asked.append((self.path, begin))
        if self.path != "/" + shop.name:
            self.send_error(404)
            return
        data = shop.data[begin:]
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        short = len(shop.asked) <= shop.cuts
        self.wfile.write(data[: len(data) // 2] if short else data)
        self.close_connection = True

    def log_message(self, *_):
        pass


@contextmanager
def shelf(name, data, cuts=0):
    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        server.name, server.data, server.cuts, server.asked = name, data, cuts, []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server, f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def fetch(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "cache", lambda: tmp_path / "cache")

    def run(url, **image):
        monkeypatch.setenv("MINIVIZ_IMAGES", url)
        board = boards.load("pico_w")
        changed = board.image.model_copy(update={"file": "pico.uf2", "sha256": None, **image})
        return download.image(board.model_copy(update={"image": changed}))

    return run


def test_a_broken_download_is_continued_and_then_cached(fetch):
    data = uf2(blocks=2000)
    with shelf("pico.uf2", data, cuts=2) as (server, url):
        assert fetch(url).read_bytes() == data
        first, second, third = (begin for _, begin in server.asked)
        assert first == 0 < second <= len(data) // 2 < third < len(data)
        assert fetch(url).read_bytes() == data
        assert len(server.asked) == 3


def test_what_is_begun_survives_a_failed_run(fetch, tmp_path):
    data = uf2(blocks=2000)
    with shelf("pico.uf2", data, cuts=3) as (server, url):
        with pytest.raises(UserError, match="broke off 3 times; flash again, it continues"):
            fetch(url)
        assert not (tmp_path / "cache" / "pico.uf2").exists()
        assert fetch(url).read_bytes() == data
        assert server.asked[-1][1] > len(data) // 2


def test_a_wrong_checksum_is_not_kept(fetch, tmp_path):
    with shelf("pico.uf2", uf2()) as (_, url), pytest.raises(UserError, match="not what board"):
        fetch(url, sha256="0" * 64)
    assert not list((tmp_path / "cache").iterdir())


def test_an_answer_that_is_no_image_and_no_answer(fetch):
    with shelf("another.uf2", b"") as (_, url), pytest.raises(UserError, match="answered 404"):
        fetch(url)
    with pytest.raises(UserError, match="is this computer online"):
        fetch("http://127.0.0.1:9/")


def test_the_pico_w_image_is_the_one_that_is_emulated_in_the_tests():
    image = boards.load("pico_w").image
    assert (image.file, image.sha256) == (official.NAME, official.SHA256)


def test_the_esp32_image_is_the_one_that_is_emulated_in_the_tests():
    image = boards.load("esp32_devkit").image
    assert (image.file, image.sha256) == (esp32.IMAGE, esp32.IMAGE_SHA256)


def test_every_board_names_its_image():
    for board in map(boards.load, boards.names()):
        if board.image.file:
            assert board.image.file.startswith(board.image.name)
            assert board.image.file.endswith(".uf2" if board.port == "rp2" else ".bin")


@pytest.mark.skipif(sys.platform == "win32", reason="the virtual board needs a pseudo-terminal")
def test_a_board_that_runs_is_asked_for_its_drive(tmp_path, monkeypatch):
    from miniviz_cli import flash, uf2_drive
    from miniviz_lab import micropython
    from miniviz_lab.virtual_board import VirtualBoard

    micropython.for_test()
    (tmp_path / "board").mkdir()
    image = write(tmp_path, "mine.uf2", uf2())
    drive = tmp_path / "drive"
    with VirtualBoard(tmp_path / "board") as board:
        monkeypatch.setattr(uf2_drive, "_mounts", lambda: [drive])

        def show_drive():
            while board.reset_reason != "hard":
                time.sleep(0.05)
            drive_in(drive)

        shower = threading.Thread(target=show_drive, daemon=True)
        shower.start()
        with boot_rom(drive, "mine.uf2", image.stat().st_size):
            flash.flash(board="pico_w", port=board.port, file=image, drive=None, erase=False)
    assert (drive / "mine.uf2").stat().st_size == image.stat().st_size


def test_boards_lists_them_and_shows_one():
    done = miniviz("boards", env={"COLUMNS": "60"})
    assert done.returncode == 0
    for board in map(boards.load, boards.names()):
        for shown in (board.name, board.title, board.image.name):
            assert shown in done.stdout, "whole, also in a narrow terminal"
    assert max(map(len, done.stdout.splitlines())) <= 80
    shown = miniviz("boards", "pico_w")
    assert "DHT22 data" in shown.stdout
    assert "did you mean pico_w?" in one_sentence(miniviz("boards", "pico_v"))
