"""Every command in the manuals is run, in the way that the table below says; one that is not in it fails."""

import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import zipfile

import copied
import manuals
import pytest
from command import MINIVIZ, environment
from manuals import ROOT
from miniviz_cli import boards, local_server, staging
from miniviz_lab import micropython
from miniviz_lab.certificates import Authority
from miniviz_lab.ntp import NtpServer

if sys.platform == "win32":
    pytest.skip("the virtual board needs a pseudo-terminal", allow_module_level=True)

from image_files import esp, uf2
from miniviz_lab.virtual_board import VirtualBoard
from test_cli_flash import STAND_IN, boot_rom, drive_in, shelf

IN_BLOCKS = list(dict.fromkeys(command for file in manuals.FILES for command in manuals.commands(file)))
# Whole commands only: one word, or a verb alone, is a name in a sentence.
STARTS = re.compile(r"miniviz \S+ |mpremote |uv |python |\.venv/bin/(python|ruff|basedpyright)")
IN_SENTENCES = [
    code
    for code in dict.fromkeys(code for file in manuals.FILES for code in manuals.inline(file))
    if STARTS.match(code) and code not in IN_BLOCKS
]
FOUND = IN_BLOCKS + IN_SENTENCES


class Stage:
    """A newcomer's folder: what stands in it, and what is plugged in."""

    def __init__(self, folder):
        self.folder = folder
        self.env = {"XDG_CACHE_HOME": str(folder / "cache")}
        for name in ("firmware", "boards", "tools"):
            (folder / name).symlink_to(ROOT / name)

    def argv(self, command):
        """The command as typed, with our interpreter and its programs, wherever PATH leads."""
        words = shlex.split(command, comments=True)
        first = {"miniviz": MINIVIZ, "python": (sys.executable,), "python3": (sys.executable,)}
        first["mpremote"] = (sys.executable, "-m", "mpremote")
        return [*first.get(words[0], words[:1]), *words[1:]]

    def run(self, command, *more, sign="", timeout=300, **env):
        """To its end, which has to be a good one; what it said."""
        done = subprocess.run(
            [*self.argv(command), *map(str, more)],
            cwd=self.folder,
            env={**environment(), **self.env, **env},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert sign in done.stdout + done.stderr, done.stdout
        return done.stdout

    def interrupt(self, command, *more, sign):
        """Until it says the sign, then Ctrl-C; it ends well."""
        process = subprocess.Popen(
            [*self.argv(command), *map(str, more)],
            cwd=self.folder,
            env={**environment(), **self.env, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = []
        assert process.stdout
        for line in process.stdout:
            said.append(line)
            if sign in line:
                break
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=120)
        assert any(sign in line for line in said), "".join(said)
        assert process.returncode in (0, 130), "".join(said) + rest

    def config(self, server, ntp, **changes):
        """The config.json of somebody who filled in the example."""
        project = server.projects[0]
        there = {"url": server.url, "project": project.id, "token": project.token, "label": "shed"}
        settings = {
            "board": "pico_w",
            "wifi": [{"ssid": "home", "password": "correct horse"}],
            "miniviz": there,
            "ntp": [ntp.host],
            "sensors": [{"type": "dht22", "pin": 15, "every": 2}],
            "send_every": 1,
            **changes,
        }
        (self.folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")

    def board(self):
        """A virtual board on a cable."""
        micropython.for_test()
        folder = self.folder / "board"
        folder.mkdir()
        return VirtualBoard(folder)

    def served(self):
        return local_server.running(self.folder / "db.sqlite", 0)


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def demo(stage, command):
    stage.interrupt(str(command).replace("tools/run.py", str(ROOT / "tools/run.py")), sign="send: delivered")


def collected(stage, command):
    """The suite cannot run inside of itself: the same call only lists its tests."""
    if " -k" not in command:
        command += f" {ROOT}/host_tests/test_clock.py"
    call = command.replace("tools/run.py", str(ROOT / "tools/run.py"))
    assert "tests collected" in stage.run(call, "--collect-only", "-q")


def activate(stage, command):
    script = command.replace(".venv", sys.prefix) + " && miniviz --help"
    assert "Usage: miniviz" in stage.run(f"sh -c {shlex.quote(script)}")


def install(stage, command):
    """The real pip; the libraries are here already, and the build needs no network."""
    flags = ("--no-deps", "--no-index", "--no-build-isolation", "--target", stage.folder / "site")
    stage.run(command.replace(" .", f" {ROOT}"), *flags)
    assert (stage.folder / "site" / "miniviz_cli" / "data" / "firmware" / "main.py").exists()


def install_esptool(stage, command):
    """The real pip; a wheel of that name instead of the registry's."""
    with zipfile.ZipFile(stage.folder / "esptool-5.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("esptool.py", "")
        info = "esptool-5.0.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: esptool\nVersion: 5.0\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(info + "RECORD", "")
    stage.run(command, "--no-index", "--find-links", stage.folder, "--target", stage.folder / "site")
    assert (stage.folder / "site" / "esptool.py").exists()


def with_uv(way):
    """As it is, but in the environment that is there already: to make one needs the network."""

    def run(stage, command):
        if shutil.which("uv") is None:
            pytest.skip("uv is not installed here")
        stage.env |= {"UV_NO_SYNC": "1", "UV_PROJECT": str(ROOT)}
        way(stage, command)

    return run


def show_help(stage, command):
    assert "Usage: miniviz" in stage.run(command)


def made_anew(stage, command):
    """In a copy of the checkout, where nothing changes: what is made there is up to date."""
    copy = copied.checkout(stage.folder / "copy")
    before = copied.texts(copy)
    copied.python(copy, *shlex.split(command)[1:])
    assert copied.texts(copy) == before


def measure(stage, command):
    """One figure, once; the plots of the checkout stay as they are."""
    command = command.replace("tools/miniviz_lab/bench/plots", "plots")
    stage.run(command, "--quick", "--only", "size_mpy", sign="size_mpy")
    assert "size_mpy" in (stage.folder / "bench.json").read_text()


def named(command):
    return boards.load(re.search(r"--board (\w+)", command)[1])


def flash(stage, command):
    way = flash_drive if named(command).port == "rp2" else flash_esptool
    way(stage, command)


def flash_drive(stage, command):
    """A folder plays the UF2 drive, a server on this computer the place of the images."""
    board = named(command)
    name, data = board.image.file, uf2(board.mcu)
    command = command.removesuffix(" --file IT")
    if board.image.sha256 or "IT" in command:  # a download must have the true image's hash
        (stage.folder / name).write_bytes(data)
        command += f" --file {name}"
    drive = drive_in(stage.folder / "drive", {"RP2040": "RPI-RP2"}.get(board.mcu, board.mcu))
    with shelf(name, data) as (_, url), boot_rom(drive, name, len(data)):
        said = stage.run(command, "--drive", drive, MINIVIZ_IMAGES=url)
    assert "MicroPython is on it; next: miniviz configure" in said


def flash_esptool(stage, command):
    """A stand-in plays esptool."""
    record = stage.folder / "call.json"
    stand_in = {"PYTHONPATH": str(STAND_IN), "STAND_IN_RECORD": str(record)}
    # board.toml knows the true image's hash; one that is downloaded must have it.
    (stage.folder / "mine.bin").write_bytes(esp(named(command).mcu))
    stage.run(command, "--port", "/dev/none", "--file", "mine.bin", **stand_in)
    assert json.loads(record.read_text())["address"] == named(command).image.offset


def esptool(stage, command):
    """The same stand-in; PORT is a name for the reader."""
    (stage.folder / "firmware.bin").write_bytes(esp("ESP32"))
    record = stage.folder / "call.json"
    stage.run(command, PYTHONPATH=str(STAND_IN), STAND_IN_RECORD=str(record))
    assert json.loads(record.read_text())["port"] == "PORT"


def configure(stage, command):
    """What a person would answer, as flags."""
    if "--board" not in command:
        command += " --board pico_w"
    with stage.served() as server, stage.board() as board:
        project = server.projects[0]
        answers = ["--no-ask", "--port", board.port, "--ssid", "home", "--password", "correct horse"]
        account = ["--url", server.url, "--project", project.id, "--token", project.token]
        stage.run(command, *answers, *account, "--sensor", "dht22")
        found = json.loads((board.folder / "config.json").read_text())
    assert found["miniviz"]["project"] == project.id


def deploy(stage, command):
    """From the file that it names, else from the config.json on the board; then the board delivers."""
    with stage.served() as server, NtpServer() as ntp, stage.board() as board:
        stage.config(server, ntp)
        if "--config" not in command:
            staging.stage_config(board.folder, stage.folder / "config.json")
        stage.run(command, "--port", board.port, sign="are in place and verified, it starts")
        board.wait_for("send: delivered", 60)


def deploy_for_a_phone(stage, command):
    with stage.board() as board:
        # For https://api.miniviz.net a root certificate would be looked for.
        (stage.folder / "root.der").write_bytes(Authority("p256", host="api.miniviz.test").der)
        more = ("--port", board.port, "--ca", stage.folder / "root.der", "--no-start")
        stage.run(command, *more, sign="where a phone sets it up")


def mip(stage, command):
    with stage.board() as board:
        (board.folder / "lib").mkdir()
        stage.run(command.replace("mpremote", f"mpremote connect {board.port}"), sign="Done")
        assert (board.folder / "lib" / "miniviz" / "app.py").exists()


def measure_server(stage, command):
    stage.run(command, "--only", "ingest", "--seconds", "0.5", sign="of an empty POST")


def on_a_board(*more, sign):
    """A verb for a board that runs the firmware already."""

    def run(stage, command):
        with stage.served() as server, NtpServer() as ntp, stage.board() as board:
            stage.config(server, ntp)
            stage.run("miniviz deploy --config config.json", "--port", board.port)
            assert sign in stage.run(command, "--port", board.port, *more)

    return run


def simulate(stage, command):
    with stage.served() as server, NtpServer() as ntp:
        stage.config(server, ntp)
        stage.run(command, sign="stopped: taken")
        assert server.count(server.projects[0].id)


def example(stage, command):
    stage.run(command)
    assert "YOUR-PROJECT-ID" in (stage.folder / "config.json").read_text()


def publish(stage, command):
    with stage.served() as server, NtpServer() as ntp:
        stage.config(server, ntp)
        stage.run(command, sign="for Raspberry Pi Pico W")
    assert (stage.folder / "web" / "pico_w" / "manifest.json").exists()


def serve(stage, command):
    stage.interrupt(command, "--port", 0, sign="Miniviz is at")


def curl(stage, command):
    """Against a lab on a free port."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed here")
    process = subprocess.Popen(
        [*MINIVIZ, "serve", "--lab", "--port", "0", "--json"],
        cwd=stage.folder,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        assert process.stdout
        url = json.loads(process.stdout.readline())["url"]
        said = stage.run(command.replace("http://127.0.0.1:8000", url), "--fail-with-body")
        assert len(json.loads(said)["faults"]) == 4
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


ALL_IS_WELL = on_a_board(sign="All is well.")
# Command -> how it is run. "with the virtual board's port" and the like stand in each function.
WAYS = {
    "python3 tools/run.py demo": demo,
    "python3 tools/run.py test": collected,
    "python3 tools/run.py test -k clock": collected,
    ". .venv/bin/activate": activate,
    "python -m pip install .": install,
    "uv run miniviz --help": with_uv(show_help),
    "uv run miniviz demo": with_uv(demo),
    "uv run pytest": with_uv(collected),
    ".venv/bin/python -m miniviz_cli.package": made_anew,
    ".venv/bin/python -m miniviz_cli.setting_table": made_anew,
    ".venv/bin/python -m miniviz_cli.pin_table": made_anew,
    "python -m miniviz_cli.setting_table": made_anew,
    "python -m miniviz_cli.pin_table": made_anew,
    "miniviz bench --json bench.json --plots tools/miniviz_lab/bench/plots": measure,
    "python -m pip install esptool": install_esptool,
    "python -m esptool --port PORT erase-flash": esptool,
    "python -m esptool --port PORT write-flash 0x1000 firmware.bin": esptool,
    "python -m esptool --port PORT write-flash 0x0 firmware.bin": esptool,
    "miniviz configure": configure,
    "miniviz deploy": deploy,
    "miniviz deploy --config config.json": deploy,
    "miniviz deploy --source": deploy,
    "miniviz deploy --board pico_w": deploy_for_a_phone,
    "mpremote mip install firmware/package.json": mip,
    "miniviz freeze image --board pico_w": lambda stage, command: stage.run(command, sign="FROZEN_MANIFEST"),
    "miniviz pull kept": on_a_board(sign="files of the board in kept"),
    "python tools/miniviz_lab/bench_server.py": measure_server,
    "miniviz bench wear": lambda stage, command: stage.run(command, sign="erases"),
    "miniviz monitor": on_a_board("--for", "6", sign="I send: delivered"),
    "miniviz doctor": ALL_IS_WELL,
    "cp firmware/config.example.json config.json": example,
    "miniviz simulate --config config.json --for 30": simulate,
    "miniviz update": on_a_board(sign="the board runs the server's version already"),
    "miniviz update --to web --config config.json": publish,
    "miniviz serve": serve,
    "miniviz serve --host 0.0.0.0": serve,
    "miniviz serve --strict-pace": serve,
    "miniviz serve --lab": serve,
}
# What a whole test of its own runs.
ELSEWHERE = {
    ".venv/bin/ruff check .": "test_types.py::test_ruff_finds_nothing",
    ".venv/bin/ruff format tools host_tests": "test_types.py::test_tools_and_tests_are_formatted",
    ".venv/bin/basedpyright": "test_types.py::test_tools_are_strictly_typed",
    "miniviz export PROJECT_ID greenhouse.jsonl.gz": (
        "test_cli_transfer.py::test_a_project_moves_with_everything"
    ),
    "miniviz import greenhouse.jsonl.gz --owner you@example.org --database other.sqlite": (
        "test_cli_transfer.py::test_a_project_moves_with_everything"
    ),
    "miniviz emulate --board esp32_devkit": (
        "emulated_esp32/test_esp32_tools.py::test_emulate_runs_the_firmware_and_stops_it_in_good_order"
    ),
}
CURL = "curl -X PUT http://127.0.0.1:8000/_lab/faults"


# Those of every board, so that a new board's manual needs no line here.
OF_EVERY_BOARD = {
    r"miniviz flash --board \w+( --file IT)?": flash,
    r"miniviz configure --board \w+": configure,
}


def way_of(command):
    if command.startswith(CURL):
        return curl
    known = (way for pattern, way in OF_EVERY_BOARD.items() if re.fullmatch(pattern, command))
    return WAYS.get(command) or next(known, None)


def test_every_command_is_in_the_table_and_no_other():
    unknown = [command for command in FOUND if command not in ELSEWHERE and not way_of(command)]
    assert not unknown, "say in WAYS how these are run"
    gone = [command for command in [*WAYS, *ELSEWHERE] if command not in FOUND]
    assert not gone, "no manual has these any more"


@pytest.mark.parametrize("command", ELSEWHERE)
def test_what_another_test_runs_is_really_there(command):
    file, _, name = ELSEWHERE[command].partition("::")
    assert f"\ndef {name}(" in (ROOT / "host_tests" / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "command",
    [command for command in FOUND if command not in ELSEWHERE],
    ids=lambda command: command.split("\n")[0][:60],
)
def test_it_runs(stage, command):
    way_of(command)(stage, command)
