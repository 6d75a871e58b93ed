"""Where the tests run in several processes (`-n 2`), those of a file or of a folder stay together."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling


class Together(LoadScopeScheduling):
    """They share what their fixtures made: a booted board, a database, a browser."""

    def _split_scope(self, nodeid: str) -> str:
        """The file below host_tests, or the folder."""
        return nodeid.partition("::")[0].split("/")[1]


@pytest.fixture(scope="module")
def postgres_address() -> Any:
    """A PostgreSQL of the file's own."""
    from postgres_server import started  # only where it can run: not on Windows

    with started() as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Any:
    """A Chromium of the file's own."""
    from browser import launched  # the files that ask for it say why they are skipped where there is none

    with launched() as browser:
        yield browser


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Together:
    """In the order in which they were collected: the emulated boards take longest and come first."""
    config.option.loadscopereorder = False
    return Together(config, log)
