"""The samples of the user's own document, as written there, with only the base URL changed."""

import shutil
import subprocess
import sys
import textwrap

import pytest
from miniviz_server import running

# Word for word from the quick start guide, "curl Command (Linux/MacOS)".
CURL = r"""
timestamp_ms=$(( $(date -u +%s) * 1000 ))
curl -X POST \
"https://api.miniviz.net/api/project/{project_id}?token={token}" \
-H "Content-Type: application/json" \
-d "{
\"timestamp\": ${timestamp_ms},
\"label_key\": \"Local_PC\",
\"payload\": {
\"temperature\": 25,
\"humidity\": 55,
\"switch\": \"true\",
\"system_status\": \"running\"
}
}"
"""

# Word for word from "Python Sample Code"; the text form of the guide lost the indentation, which is
# put back here.
PYTHON = """
import time
from datetime import datetime, timezone
import requests
PROJECT_ID = "MINIVIZ_PROJECT_ID"
TOKEN = "MINIVIZ_API_TOKEN"
API_URL = "https://api.miniviz.net"
LABEL_KEY = "Local_PC"
SEND_INTERVAL = 90 # seconds
def send_data():
    url = f"{API_URL}/api/project/{PROJECT_ID}?token={TOKEN}"
    timestamp_ms = int(datetime.now(timezone.utc).timestamp() * 1000)
    response = requests.post(url, json={
        "timestamp": timestamp_ms,
        "label_key": LABEL_KEY,
        "payload": {
            "temperature": 25,
            "humidity": 55,
            "switch": "true",
            "system_status": "running"
        }
    })
    if response.ok:
        data = response.json()
        print(f"Send successful (id={data.get('id')})")
    else:
        print(f"Send failed: {response.status_code} {response.text}")
if __name__ == "__main__":
    print("Starting miniviz data send test (press Ctrl+C to stop)")
    while True:
        send_data()
        time.sleep(SEND_INTERVAL)
"""
PAYLOAD = {"temperature": 25, "humidity": 55, "switch": "true", "system_status": "running"}


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_guides_curl_command(server):
    project = server.projects[0]
    script = CURL.replace("https://api.miniviz.net", server.url)
    script = script.replace("{project_id}", project.id).replace("{token}", project.token)
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=30, check=True)
    (stored,) = server.events(project.id)
    assert done.stdout == f'{{"id":{stored.id}}}'
    assert (stored.label_key, stored.payload) == ("Local_PC", PAYLOAD)


def test_the_guides_python_program(server, tmp_path):
    project = server.projects[0]
    program = PYTHON.replace("https://api.miniviz.net", server.url)
    program = program.replace("MINIVIZ_PROJECT_ID", project.id).replace("MINIVIZ_API_TOKEN", project.token)
    (tmp_path / "sample.py").write_text(program)
    done = run(tmp_path, "import sample; sample.send_data()")
    (stored,) = server.events(project.id)
    assert done.stdout == f"Send successful (id={stored.id})\n"
    assert (stored.label_key, stored.payload) == ("Local_PC", PAYLOAD)


def test_the_guides_python_program_says_why_it_was_refused(server, tmp_path):
    program = PYTHON.replace("https://api.miniviz.net", server.url)
    (tmp_path / "sample.py").write_text(program)
    done = run(tmp_path, "import sample; sample.send_data()")
    assert done.stdout.startswith("Send failed: 404 ")
    assert "no project with this id" in done.stdout


def run(folder, code):
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=30, check=True)
