"""What a virtual board runs after every reset: its folder becomes `/`, then boot.py and main.py run.

argv: the folder, the folder of the fakes (found under /rom, where a real board keeps read-only modules), and
"run" or "skip" (a soft reset from the raw REPL does not run main.py).
"""

import os
import sys

import vfs


def _become(folder, fakes):
    vfs.umount("/")
    vfs.mount(vfs.VfsPosix(folder), "/")
    vfs.mount(vfs.VfsPosix(fakes), "/rom")
    os.chdir("/")
    sys.path[:] = ["", "/rom", ".frozen", "/lib"]


def _execute(name):
    try:
        with open(name) as file:
            source = file.read()
    except OSError:  # a board without this file goes on
        return True
    try:
        exec(compile(source, name, "exec"), globals())
    except SystemExit:
        os.unsetenv("MICROPYINSPECT")  # a reset: end the program, offer no REPL
        raise
    except BaseException as error:  # noqa: BLE001 - as a board: print it, then offer the REPL
        sys.print_exception(error)
        return False
    return True


_folder, _fakes, _main = sys.argv[1:4]
del sys.argv[1:]
_become(_folder, _fakes)
if _execute("boot.py") and _main == "run":
    _execute("main.py")
