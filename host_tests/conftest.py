"""Where the tests run in several processes (`-n 3`), those of a file or a folder stay together."""

from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """They share what their fixtures made: a booted board, a database, a browser."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.relative_to(HERE).parts[0]))
