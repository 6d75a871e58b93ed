"""What is handed out: package.json for mip, and the wheel."""

import contextlib
import http.server
import json
import os
import subprocess
import sys
import threading
import zipfile
from functools import partial
from pathlib import Path

import pytest
from miniviz_cli import package, paths
from miniviz_lab import micropython
from miniviz_lab.virtual_board import VirtualBoard

ROOT = Path(__file__).resolve().parent.parent


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):  # noqa: A002 - the library's name
        pass


@contextlib.contextmanager
def served(folder):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_package_json_is_made_from_the_manifest():
    text = (paths.firmware() / "package.json").read_text(encoding="utf-8")
    assert text == package.made(), "run `python -m miniviz_cli.package`"
    listed = {source for _, source in json.loads(text)["urls"]}
    assert "miniviz/app.py" in listed
    assert "main.py" not in listed, "on a board with mip, main.py is the user's own"
    assert all((paths.firmware() / name).is_file() for name in listed)


def test_versions_agree():
    assert json.loads(package.made())["version"] in (ROOT / "pyproject.toml").read_text()


def test_mip_installs_the_firmware_and_it_imports(tmp_path):
    micropython.for_test()
    target = tmp_path / "lib"
    with served(paths.firmware()) as url:
        address = f"{url}/package.json"
        done = micropython.run(["-m", "mip", "install", "--target", target, address], path=[], cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    expected = {target_path for target_path, _ in json.loads(package.made())["urls"]}
    assert {path.relative_to(target).as_posix() for path in target.rglob("*.py")} == expected
    # No fakes on the path: importing touches no hardware.
    script = (
        "import miniviz; from miniviz import app, rules; rules.check('a', {'b': 1}); print(miniviz.__file__)"
    )
    done = micropython.run(["-c", script], path=[target], cwd=tmp_path)
    assert done.stdout.strip() == f"{target}/miniviz/__init__.py", done.stdout + done.stderr


def mpremote(board, *args):
    command = [sys.executable, "-m", "mpremote", "connect", board.port, *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files_below(lib):
    return {path.relative_to(lib).as_posix(): path.read_bytes() for path in lib.rglob("*") if path.is_file()}


# From a web server and from a checkout through mpremote, and by the board itself over its own network.
@pytest.mark.parametrize("way", ["from a server", "from a checkout", "by the board"])
def test_a_board_gets_the_firmware_through_mip_and_runs_it(way, tmp_path):
    micropython.for_test()
    folder = tmp_path / "board"
    (folder / "lib").mkdir(parents=True)
    (folder / "main.py").write_text("print('my own program')\n")
    with served(paths.firmware()) as url, VirtualBoard(folder) as board:
        board.wait_for("my own program")
        place = paths.firmware() if way == "from a checkout" else url
        if way == "by the board":
            mpremote(board, "exec", f"import mip; mip.install('{place}/package.json')")
        else:
            mpremote(board, "mip", "install", f"{place}/package.json")
        wanted = {
            name: (paths.firmware() / source).read_bytes()
            for name, source in json.loads(package.made())["urls"]
        }
        assert files_below(folder / "lib") == wanted
        assert (folder / "main.py").read_text() == "print('my own program')\n"
        said = mpremote(board, "exec", "import miniviz; print(miniviz.__file__); miniviz.run()")
    assert said.startswith("/lib/miniviz/__init__.py\n"), said
    assert "config.json" in said, said


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    # Without isolation and index: the build needs hatchling alone, and that is here.
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*command, "-w", folder, ROOT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("miniviz_firmware-*.whl"))


def test_the_wheel_carries_firmware_and_boards_and_nothing_strange(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    data = "miniviz_cli/data/"
    assert {
        f"{data}firmware/main.py",
        f"{data}firmware/miniviz/app.py",
        f"{data}firmware/config.example.json",
    } < set(names)
    assert {f"{data}boards/pico_w/board.toml", f"{data}boards/esp32_devkit/README.md"} < set(names)
    assert "miniviz_lab/fakes/dht.py" in names
    assert any(name.startswith("miniviz_server/templates/") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".mpy"))]
    roots = {name.split("/")[0] for name in names}
    assert {r for r in roots if not r.endswith(".dist-info")} == {
        "miniviz_cli",
        "miniviz_server",
        "miniviz_lab",
    }


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel in an environment of its own, which borrows the libraries of ours but not our checkout."""
    home = tmp_path_factory.mktemp("installed") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        wheel,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    where = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    own = subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip()
    # A path in a .pth file is searched, but its own .pth files (our checkout among them) are not.
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    (Path(own) / "libraries.pth").write_text("\n".join(libraries))
    return home


def test_the_installed_command_finds_its_firmware(installed, tmp_path):
    python = installed / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    script = (
        "from miniviz_cli import paths; print(paths.firmware(), paths.boards(), paths.fakes(), sep='\\n')"
    )
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3
    assert all(line.startswith(str(installed)) for line in done.stdout.splitlines()), done.stdout


def test_the_installed_demo_runs(installed, tmp_path):
    command = [installed / "bin" / "miniviz", "demo", "--for", "16"]
    environment = {**os.environ, "MICROPYTHON": str(micropython.for_test())}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith(" pictures, 0 lost")
