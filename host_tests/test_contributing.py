"""What CONTRIBUTING.md says is there."""

import re
from pathlib import Path

from miniviz_cli import firmware_code

ROOT = Path(__file__).resolve().parent.parent


def test_every_folder_it_names_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name in re.findall(r"^\| `([\w/]+)/` \|", text, re.M):
        assert (ROOT / name).is_dir()
    assert firmware_code.config()
