"""Makes .venv in this checkout, installs what a verb needs and runs it: `python3 tools/run.py demo`.

Standard library only. `test [pytest arguments]` runs the test suite; any other verb goes to the
`miniviz` command. The first start takes about a minute, later ones go straight to the verb.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file is the one that an older Python gets to see
    sys.exit(
        f"Miniviz needs Python 3.11 or newer, this is {sys.version.split()[0]} ({sys.executable}); "
        f"start it with a newer one, for example: python3.12 tools/run.py {' '.join(sys.argv[1:])}"
    )

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import time
import tomllib
from collections.abc import Generator
from pathlib import Path
from typing import NoReturn, cast

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "miniviz-run.json"
LOG = VENV / "miniviz-install.log"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# Beside .venv, which a start may remove; the system frees it with its holder.
LOCK = ROOT / ".venv.lock"
NETWORK_SIGNS = (
    "name resolution",
    "name or service not known",
    "failed to establish a new connection",
    "newconnectionerror",
    "network is unreachable",
    "connection refused",
    "timed out",
    "proxyerror",
    "(from versions: none)",
)
USAGE = """usage: python3 tools/run.py VERB [arguments]

  demo                   a simulated board sends readings to a page on this computer
  test [pytest options]  the whole test suite
  VERB --help            what a verb of the `miniviz` command takes: demo, serve, simulate, doctor, ..."""


class Halt(Exception):
    """The environment could not be made; the text is the one sentence for the user."""


def main() -> int:
    """Prepare the environment, then become the verb."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if arguments else 2
    try:
        prepare(["base", "dev"] if arguments[0] == "test" else ["base"])
    except Halt as halt:
        say_last(f"run.py: {halt}")
        return 1
    except KeyboardInterrupt:
        say_last("run.py: stopped while preparing .venv; the next start begins it again.")
        return 130
    if arguments[0] == "test":
        os.chdir(ROOT)
        become([str(PYTHON), "-m", "pytest", *arguments[1:]])
    return become([str(PYTHON), "-m", "miniviz_cli", *arguments])


def become(command: list[str]) -> NoReturn:
    """Replace this process, so that Ctrl-C, signals and the exit code are the verb's own."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    # Windows' exec returns to the shell at once: wait there, and leave Ctrl-C to the child.
    with subprocess.Popen(command) as child:
        while True:
            try:
                sys.exit(child.wait())
            except KeyboardInterrupt:
                continue


def prepare(groups: list[str]) -> None:
    """Bring .venv to the state that pyproject.toml asks for; instant when it is there already."""
    if missing(groups):
        with alone():
            make_ready(groups)


def missing(groups: list[str]) -> bool:
    """Does .venv lack a group, or is it not what pyproject.toml asks for?"""
    return not set(groups) <= set(known_groups())


def known_groups() -> list[str]:
    """The groups that are installed as pyproject.toml asks for them."""
    stamp = read_stamp()
    known = stamp.get("fingerprint") == fingerprint() and PYTHON.exists() and not moved(stamp)
    return cast("list[str]", stamp.get("groups", [])) if known else []


def moved(stamp: dict[str, object]) -> bool:
    """Was the checkout moved? The scripts in .venv hold its path."""
    return stamp.get("place", str(VENV)) != str(VENV)


def make_ready(groups: list[str]) -> None:
    """Make or mend .venv, unless another start did so while this one waited."""
    if not missing(groups):
        return
    stamp = read_stamp()
    started = time.monotonic()
    groups = sorted({*groups, *known_groups()})
    say(f"preparing {VENV} (once; about a minute)", first=True)
    new = make_venv(spoilt=moved(stamp) or "installing" in stamp)
    install(groups, again=not new)
    STAMP.write_text(json.dumps({"fingerprint": fingerprint(), "place": str(VENV), "groups": groups}))
    say_last(f".venv is ready ({time.monotonic() - started:.0f} s)")


@contextlib.contextmanager
def alone() -> Generator[None]:
    """Only one start at a time: two would remove and fill the same folder."""
    with LOCK.open("a+b") as file:
        if not lock(file.fileno()):
            say("another start prepares .venv; waiting for it", first=True)
            while not lock(file.fileno()):
                time.sleep(0.2)
        yield


def lock(number: int) -> bool:
    """Take the lock of an open file; False if somebody has it. It ends with the file, or the process."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def fingerprint() -> str:
    """What the installed state depends on: the project file."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()


def read_stamp() -> dict[str, object]:
    """What the last start left behind; nothing when there was none or it is unreadable."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return cast("dict[str, object]", stamp) if isinstance(stamp, dict) else {}


def make_venv(*, spoilt: bool) -> bool:
    """Create .venv, or keep a working one that nothing spoilt; True when it is new."""
    if VENV.exists() and (spoilt or not usable()):
        say("removing the spoilt .venv")
        shutil.rmtree(VENV)
    if not VENV.exists():
        require_venv_module()
        say("creating .venv")
        run([sys.executable, "-m", "venv", str(VENV)], "could not create .venv")
        return True
    if not works("import pip"):
        # uv leaves pip out of its environments.
        run([str(PYTHON), "-m", "ensurepip", "--upgrade"], "could not add pip to the .venv that is there")
    return False


def require_venv_module() -> None:
    """Debian splits venv and ensurepip off Python: say which package brings them back."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise Halt(
        f"this Python ({sys.executable}) comes without venv; on Debian and Ubuntu install it with "
        f"`sudo apt install python{version}-venv`, elsewhere reinstall Python, then start again."
    )


def usable() -> bool:
    """Is the Python of .venv there, new enough, and able to start?"""
    return works("import sys; sys.exit(sys.version_info < (3, 11))")


def works(code: str) -> bool:
    """Does this line run in the environment's Python?"""
    try:
        return subprocess.run([str(PYTHON), "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def install(groups: list[str], *, again: bool) -> None:
    """Install the project (editable) and the named groups; `again` in a new .venv if this one is broken."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command += ["-e", str(ROOT), *requirements(groups)]
    STAMP.write_text(json.dumps({"installing": groups}))
    try:
        run(command, "could not install")
    except Halt:
        if not again or network_failed():
            raise
        say("that .venv is broken, making it anew")
        make_venv(spoilt=True)
        install(groups, again=False)


def requirements(groups: list[str]) -> list[str]:
    """The requirements of the dependency groups; read here because pip knows --group only since 25.1."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [line for name in groups if name != "base" for line in project["dependency-groups"][name]]


def run(command: list[str], trouble: str) -> None:
    """Run a step, showing what it is at in one line; its whole output goes to the log."""
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as step:
        assert step.stdout
        for line in step.stdout:
            lines.append(line)
            say(headline(line))
    if step.returncode == 0:
        return
    if VENV.exists():
        LOG.write_text("".join(lines))
    raise Halt(reason(lines, trouble))


def headline(line: str) -> str:
    """The short form of a line of pip's, empty for those that say nothing to a user."""
    words = line.split()
    if len(words) > 1 and words[0] in ("Collecting", "Downloading", "Obtaining", "Building"):
        return f"{words[0].lower()} {words[1].rpartition('/')[2]}"
    if line.startswith("Installing collected packages:"):
        return f"installing {line.count(',') + 1} packages"
    return ""


def reason(lines: list[str], trouble: str) -> str:
    """One sentence out of pip's output."""
    if network_failed():
        return (
            "the package index could not be reached; check the network (or the proxy in HTTPS_PROXY) and "
            f"start again. Details: {LOG}"
        )
    errors = [line.strip() for line in lines if line.lower().startswith(("error", "fatal"))]
    last = errors[-1] if errors else (lines[-1].strip() if lines else "no output")
    return f"{trouble}: {last} (details: {LOG})"


def network_failed() -> bool:
    """Does the log read as if there were no network?"""
    text = LOG.read_text().lower() if LOG.exists() else ""
    return any(sign in text for sign in NETWORK_SIGNS)


def say(text: str, *, first: bool = False) -> None:
    """Show a step: in the same line on a terminal, only the first one in a log."""
    if sys.stderr.isatty() and text:
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{text[:width]:<{width}}", end="", file=sys.stderr, flush=True)
    elif first:
        print(text, file=sys.stderr, flush=True)


def say_last(text: str) -> None:
    """Close the line of progress with a whole sentence."""
    say(" ")
    print(f"\r{text}" if sys.stderr.isatty() else text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
