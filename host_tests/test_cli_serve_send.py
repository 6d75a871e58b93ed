"""`miniviz serve` and `miniviz send`: one reading from the command line, stored or refused in words."""

import json
import socket
import subprocess
import time

import pytest
from command import MINIVIZ, environment, miniviz, one_sentence
from miniviz_server import PROJECTS, running


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(database=tmp_path_factory.mktemp("db") / "db.sqlite") as server:
        yield server


def send(server, *values, token=None, **options):
    project = server.projects[0]
    given = {"url": server.url, "project": project.id, "label": "desk", **options}
    flags = [part for key, value in given.items() for part in (f"--{key}", value)]
    return miniviz("send", *flags, *values, env={"MINIVIZ_TOKEN": token or project.token})


def test_a_reading_is_stored_and_its_id_printed(server):
    done = send(server, "temperature=23.4", "note=hello", "count=3", "zip='007'", 'text="12"')
    assert done.returncode == 0, done.stderr
    event = server.events(server.projects[0].id)[0]
    assert done.stdout.strip() == str(event.id)
    assert event.label_key == "desk"
    assert event.payload == {"temperature": 23.4, "note": "hello", "count": 3, "zip": "'007'", "text": "12"}
    assert abs(event.timestamp / 1000 - time.time()) < 30


def test_bearer_and_a_given_time(server):
    done = send(server, "x=1", auth="bearer", timestamp=1700000000123)
    assert done.returncode == 0, done.stderr
    assert 1700000000123 in {event.timestamp for event in server.events(server.projects[0].id)}


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        (["on=true"], {}, "not sent: 'on' is of type bool"),
        (["x=null"], {}, "not sent: 'x' is of type NoneType"),
        (["x={}"], {}, "not sent: 'x' is of type dict"),
        (["x=NaN"], {}, "not sent: 'x' is nan"),
        (["x=1e400"], {}, "not sent: 'x' is inf"),
        ([f"k{i}=1" for i in range(9)], {}, "payload has 9 keys, the limit is 8"),
        (["note=" + "a" * 500], {}, "the limit is 400; the largest value is 'note' with 502"),
        (["x=1"], {"timestamp": 1700000000}, "that is in seconds; multiply by 1000"),
        (["x=1"], {"label": ""}, "label_key is empty"),
        (["nonsense"], {}, "'nonsense' is no KEY=VALUE"),
        (["x=1"], {"auth": "basic"}, "choose query or bearer"),
        (["x=1"], {"url": "ftp://x"}, "it begins with http:// or https://"),
    ],
)
def test_what_miniviz_would_refuse_is_not_sent(server, values, options, words):
    before = server.count(server.projects[0].id)
    done = send(server, *values, **options)
    assert done.returncode in (1, 2)
    assert words in one_sentence(done)
    assert server.count(server.projects[0].id) == before


def test_the_platforms_refusal_is_told_and_the_token_is_not(server):
    done = send(server, "x=1", token="wrong-secret-token")
    assert done.returncode == 1
    assert one_sentence(done).startswith("HTTP 401, the token is not accepted")
    assert "wrong-secret-token" not in done.stdout + done.stderr


def test_no_server_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = miniviz("send", "--url", url, "--project", "p", "--token", "secret", "--label", "l", "x=1")
    assert done.returncode == 1
    assert one_sentence(done).endswith("is the address right, and does the server run?")
    assert "secret" not in done.stderr


def test_missing_options_are_a_usage_error():
    done = miniviz("send", "x=1")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_serve_says_in_one_json_line_where_it_is(tmp_path):
    command = [*MINIVIZ, "serve", "--port", "0", "--database", str(tmp_path / "a.sqlite"), "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        plans = {one["plan"]: one for one in ready["projects"]}
        assert {plan: one["id"] for plan, one in plans.items()} == {p.plan: p.id for p in PROJECTS}
        flags = ("--url", ready["url"], "--project", plans["free"]["id"], "--token", plans["free"]["token"])
        assert miniviz("send", *flags, "--label", "l", "x=1").returncode == 0
        process.terminate()
        rest, errors = process.communicate(timeout=15)
    assert not rest
    assert "Traceback" not in errors


def test_serve_refuses_a_taken_port_in_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = miniviz("serve", "--port", port, "--database", tmp_path / "a.sqlite")
    assert done.returncode == 1
    assert "in use" in one_sentence(done)
