"""The image samples of the user's own document, as written there, with only the base URL changed."""

import io
import shutil
import subprocess
import sys

import pytest
from miniviz_server import running
from PIL import Image

# Word for word from the quick start guide, "curl Command (Linux/MacOS) - Image Transmission".
CURL = r"""
timestamp_ms=$(( $(date -u +%s) * 1000 ))
# Encode image file to base64
image_base64=$(base64 -i image.jpg)
curl -X POST \
"https://api.miniviz.net/api/project/{project_id}/image?token={token}" \
-H "Content-Type: application/json" \
-d "{
\"timestamp\": ${timestamp_ms},
\"label_key\": \"camera_1\",
\"image_name\": \"image.jpg\",
\"image_base64\": \"${image_base64}\"
}"
"""

# Word for word from "Python Sample Code - Image Transmission"; the text form of the guide lost the
# indentation and the emoji's bytes, which are put back here.
PYTHON = """
import requests
import base64
import os
from datetime import datetime, timezone
PROJECT_ID = "PROJECT_ID"
TOKEN = "TOKEN"
API_URL = "https://api.miniviz.net"
IMAGE_PATH = "image.jpg"
LABEL_KEY = "camera_1"
# Encode image to base64
with open(IMAGE_PATH, "rb") as f:
    image_data = f.read()
image_base64 = base64.b64encode(image_data).decode('utf-8')
# Send request
url = f"{API_URL}/api/project/{PROJECT_ID}/image"
payload = {
    "timestamp": int(datetime.now(timezone.utc).timestamp() * 1000),
    "label_key": LABEL_KEY,
    "image_name": os.path.basename(IMAGE_PATH),
    "image_base64": image_base64
}
try:
    response = requests.post(url, json=payload, params={"token": TOKEN})
    response.raise_for_status()
    print("\\u2705 Send successful")
    print(response.json())
except requests.exceptions.HTTPError as e:
    print(f"\\u274c Error: HTTP {e.response.status_code}")
    print(e.response.text)
except Exception as e:
    print(f"\\u274c Error: {e}")
"""


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def folder(tmp_path):
    out = io.BytesIO()
    Image.effect_noise((200, 150), 60).convert("RGB").save(out, "JPEG", quality=70)
    (tmp_path / "image.jpg").write_bytes(out.getvalue())
    return tmp_path


def curl(server, folder, script, project):
    script = script.replace("https://api.miniviz.net", server.url)
    script = script.replace("{project_id}", project.id).replace("{token}", project.token)
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


def python(server, folder, project):
    program = PYTHON.replace("https://api.miniviz.net", server.url)
    program = program.replace('"PROJECT_ID"', f'"{project.id}"').replace('"TOKEN"', f'"{project.token}"')
    command = [sys.executable, "-X", "utf8", "-c", program]
    return subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", timeout=30, check=True
    ).stdout


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux' base64 wraps its lines")


@needs_curl
@linux
def test_the_guides_curl_command_on_linux_is_told_why_it_fails(server, folder):
    told = curl(server, folder, CURL, server.projects[0])
    assert "malformed_json" in told and "use `base64 -w0`" in told
    assert server.images.count(server.projects[0].id) == 0


@needs_curl
@linux
def test_it_works_as_the_answer_says(server, folder):
    project = server.projects[0]
    told = curl(server, folder, CURL.replace("base64 -i", "base64 -w0 -i"), project)
    (stored,) = server.images.newest(project.id, 9)
    assert told == f'{{"id":{stored.id}}}'
    assert server.images.content(project.id, stored.id) == (
        "image/jpeg",
        (folder / "image.jpg").read_bytes(),
    )


def test_the_guides_python_program(server, folder):
    project = server.projects[0]
    told = python(server, folder, project)
    (stored,) = server.images.newest(project.id, 9)
    assert told == f"\u2705 Send successful\n{{'id': {stored.id}}}\n"
    assert (stored.label_key, stored.name) == ("camera_1", "image.jpg")


def test_the_guides_python_program_on_the_free_plan(server, folder):
    told = python(server, folder, server.projects[1])
    assert told.startswith("\u274c Error: HTTP 403\n") and "Pro plan" in told
