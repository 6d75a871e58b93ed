"""tools/run.py: from a clean checkout to a verb, and a sentence for whatever is missing."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("tools", "firmware", "boards", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")


def copy_checkout(folder):
    """A clean checkout without an environment."""
    for part in PARTS:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    return folder


def start(checkout, *args, env=None, timeout=600):
    command = [base_python(), str(checkout / "tools" / "run.py"), *args]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**os.environ, **(env or {})},
    )


def base_python():
    """The Python that made our environment, as `python3` is for a user."""
    return getattr(sys, "_base_executable", sys.executable)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    folder = copy_checkout(tmp_path_factory.mktemp("fresh") / "checkout with a space")
    done = start(folder, "send", "--help")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "KEY=VALUE" in done.stdout
    assert ".venv is ready" in done.stderr
    return folder


def copy_empty(folder):
    (folder / "tools").mkdir(parents=True)
    shutil.copyfile(ROOT / "tools" / "run.py", folder / "tools" / "run.py")
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    return folder


def test_second_start_is_instant_and_the_demo_needs_no_test_tools(checkout):
    began = time.monotonic()
    done = start(checkout, "send", "x=1")
    took = time.monotonic() - began
    assert done.returncode == 2, "the verb's own exit code"
    assert ".venv" not in done.stderr, "no word about preparing"
    assert took < 5
    found = subprocess.run(
        [checkout / ".venv/bin/python", "-c", "import pytest"], capture_output=True, check=False
    )
    assert found.returncode == 1


def test_test_is_pytest_with_its_own_exit_code(checkout):
    (checkout / "host_tests").mkdir()
    (checkout / "host_tests" / "test_two.py").write_text("def test_a(): pass\ndef test_b(): assert 0\n")
    done = start(checkout, "test", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("1 failed, 1 passed in ")


def test_ctrl_c_and_relative_paths_reach_the_verb(checkout, tmp_path):
    command = [base_python(), str(checkout / "tools/run.py"), "serve", "--port", "0", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as run:
        assert run.stdout
        json.loads(run.stdout.readline())
        run.send_signal(signal.SIGINT)
        rest, errors = run.communicate(timeout=15)
    assert run.returncode == 0, errors
    assert "Traceback" not in rest + errors
    assert (tmp_path / "miniviz.sqlite").exists()


def test_a_damaged_environment_is_mended(checkout):
    stamp = checkout / ".venv" / "miniviz-run.json"
    stamp.write_text(json.dumps({"installing": ["base"]}))
    marker = checkout / ".venv" / "marker"
    marker.touch()
    done = start(checkout, "send", "--help")
    assert done.returncode == 0, done.stderr
    assert not marker.exists(), "an interrupted installation is made anew"
    assert json.loads(stamp.read_text())["groups"] == ["base"]


def test_two_starts_at_once_prepare_one_environment(checkout):
    """Before the lock each removed what the other had just installed."""
    (checkout / ".venv" / "miniviz-run.json").write_text(json.dumps({"installing": ["base"]}))
    command = [base_python(), str(checkout / "tools" / "run.py"), "send", "--help"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as two:
        said = [run.communicate(timeout=600) for run in (one, two)]
    assert [one.returncode, two.returncode] == [0, 0], said
    assert all("KEY=VALUE" in out for out, _ in said)
    errors = [err for _, err in said]
    assert sum(".venv is ready" in err for err in errors) == 1
    assert sum("another start prepares .venv; waiting for it" in err for err in errors) == 1


def test_a_lock_ends_with_its_holder(run, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "LOCK", tmp_path / ".venv.lock")
    code = "import importlib.util, sys, time\n"
    code += "spec = importlib.util.spec_from_file_location('run', sys.argv[1])\n"
    code += "run = importlib.util.module_from_spec(spec); spec.loader.exec_module(run)\n"
    code += "file = open(sys.argv[2], 'a+b')\nprint(run.lock(file.fileno()), flush=True)\ntime.sleep(600)"
    command = [sys.executable, "-c", code, str(ROOT / "tools" / "run.py"), str(run.LOCK)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "True\n"
        with run.LOCK.open("a+b") as file:
            assert not run.lock(file.fileno())
            holder.kill()
            holder.wait(60)
            assert run.lock(file.fileno())


def test_no_network_is_one_sentence(tmp_path):
    quiet = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    quiet |= {"PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": "", "PIP_NO_CACHE_DIR": "1"}
    done = start(copy_empty(tmp_path / "checkout"), "demo", env=quiet)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("run.py: the package index could not be reached; check the network")
    assert "Traceback" not in done.stderr


def test_an_old_python_is_one_sentence():
    code = (
        "import sys; sys.version_info = (3, 9, 2, 'final', 0); sys.argv = ['run.py', 'demo'];"
        f"exec(open({str(ROOT / 'tools' / 'run.py')!r}).read())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Miniviz needs Python 3.11 or newer")
    assert done.stderr.strip().endswith("python3.12 tools/run.py demo")


def test_without_a_verb_it_says_what_there_is():
    done = start(ROOT)
    assert done.returncode == 2
    assert "usage: python3 tools/run.py VERB" in done.stdout
    assert start(ROOT, "--help").returncode == 0


@pytest.fixture
def run(monkeypatch, tmp_path):
    spec = importlib.util.spec_from_file_location("run_under_test", ROOT / "tools" / "run.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "LOG", tmp_path / "install.log")
    return module


def test_debians_python_without_venv_is_told_its_package(run, monkeypatch):
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(run.Halt, match=rf"sudo apt install python3\.{sys.version_info[1]}-venv"):
        run.make_venv(spoilt=False)


def test_a_venv_that_does_not_start_is_removed(run, monkeypatch):
    run.VENV.mkdir()
    (run.VENV / "rubbish").touch()
    monkeypatch.setattr(run, "PYTHON", run.VENV / "bin" / "python")
    monkeypatch.setattr(run, "run", lambda command, trouble: run.VENV.mkdir())
    assert run.make_venv(spoilt=False)
    assert not (run.VENV / "rubbish").exists()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Collecting fastapi>=0.139", "collecting fastapi>=0.139"),
        ("  Downloading http://host/simple/typer-0.16.whl (60 kB)", "downloading typer-0.16.whl"),
        ("Installing collected packages: a, b, c", "installing 3 packages"),
        ("Requirement already satisfied: pip", ""),
    ],
)
def test_progress_is_short(run, line, shown):
    assert run.headline(line) == shown


def test_pips_own_error_is_passed_on(run):
    said = run.reason(["Collecting x\n", "ERROR: Could not build wheels for x\n"], "could not install")
    assert said.startswith("could not install: ERROR: Could not build wheels for x (details: ")
