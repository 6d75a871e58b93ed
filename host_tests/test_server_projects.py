"""Step 2: create, rename, delete, rotate; and snippets that work as pasted."""

import html
import json
import re
import shutil
import subprocess
import sys

import pytest
from miniviz import config as firmware_config
from miniviz_lab import micropython
from miniviz_server import running
from person import Person, shown, trouble
from server_client import event, post


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def ada(server):
    return Person(server, "ada@example.org")


def send(server, project_id, token):
    return post(server, event(), url=f"{server.url}/api/project/{project_id}?token={token}").status_code


def test_a_project_is_made_and_takes_data_at_once(server, ada):
    project_id, token = ada.project("Greenhouse", "free")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", project_id) and len(token) == 48
    assert "Greenhouse" in ada.get("/projects").text
    assert ada.get(f"/projects/{project_id}").headers["Cache-Control"] == "no-store"
    assert send(server, project_id, token) == 201
    assert server.store.projects.get(project_id).plan == "free"
    assert ada.project()[0] != project_id


def test_name_and_plan_change(ada):
    project_id, token = ada.project()
    path = f"/projects/{project_id}/settings"
    changed = ada.post(path, name="  Balcony <b>  ", plan="free")
    assert "Balcony &lt;b&gt;" in changed.text and "Balcony <b>" not in changed.text
    assert shown(changed, "project-token") == token
    for fields, words in (
        ({"name": " ", "plan": "pro"}, "needs a name"),
        ({"name": "x" * 61, "plan": "pro"}, "the limit is 60"),
        ({"name": "x", "plan": "gold"}, "pro or free"),
    ):
        assert words in trouble(ada.post(path, **fields))


def test_a_new_token_replaces_the_old_one(server, ada):
    project_id, token = ada.project()
    changed = shown(ada.post(f"/projects/{project_id}/rotate"), "project-token")
    assert changed != token
    assert send(server, project_id, token) == 401
    assert send(server, project_id, changed) == 201


def test_a_project_goes_only_when_its_name_is_typed(server, ada):
    project_id, token = ada.project("Greenhouse")
    assert send(server, project_id, token) == 201
    answer = ada.post(f"/projects/{project_id}/delete", confirmation="greenhouse")
    assert answer.status_code == 422 and "Nothing was deleted" in trouble(answer)
    assert send(server, project_id, token) == 201
    ada.post(f"/projects/{project_id}/delete", confirmation="Greenhouse")
    assert ada.get(f"/projects/{project_id}").status_code == 404
    assert send(server, project_id, token) == 404
    assert server.count(project_id) == 0


def snippet(ada, project_id, key):
    page = ada.get(f"/projects/{project_id}/connect").text
    return html.unescape(re.search(rf'id="snippet-{key}">(.*?)</code>', page, re.DOTALL)[1])


def test_the_config_is_one_that_the_firmware_takes(server, ada):
    project_id, token = ada.project()
    settings = firmware_config.check(json.loads(snippet(ada, project_id, "config")), None)
    assert (settings.url, settings.project, settings.token) == (server.url, project_id, token)


def command(key):
    if key == "curl":
        return ["sh"] if shutil.which("curl") else pytest.skip("curl is not installed")
    return [sys.executable] if key == "python" else [str(micropython.for_test())]


@pytest.mark.parametrize("key", ["curl", "python", "micropython"])
def test_each_snippet_stores_an_event_as_pasted(server, ada, tmp_path, key):
    project_id, _ = ada.project('A "name" & <more>')
    program = tmp_path / "pasted"
    program.write_text(snippet(ada, project_id, key))
    done = subprocess.run([*command(key), str(program)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert server.count(project_id) == 1, done.stdout
    assert f'"id":{server.events(project_id)[0].id}' in done.stdout.replace(" ", "")
