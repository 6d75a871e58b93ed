"""A rule that sends email, through Apprise and a real SMTP conversation on 127.0.0.1."""

import base64

import pytest
import requests
from mail_server import Mailbox
from miniviz_server import PROJECTS, running
from miniviz_server.settings import Settings
from server_client import event, post, wait_until

RULES = f"/projects/{PROJECTS[0].id}/rules"


@pytest.fixture
def server():
    with running(settings=Settings(allow_private_webhooks=True)) as server:
        yield server


def target(mailbox):
    return f"mailto://ada:secret@127.0.0.1:{mailbox.port}?from=alerts@example.org&to=ada@example.org"


def rule(mailbox, **changes):
    fields = {"name": "Too warm: 温度", "operator": ">", "metric": "t", "threshold": 30, "channel": "email"}
    return fields | {"target": target(mailbox), "notify_recovered": True} | changes


def add(server, document):
    made = requests.post(server.url + RULES, json=document, timeout=30)
    assert made.status_code == 201, made.text


def log(server):
    return requests.get(f"{server.url}{RULES}/data", timeout=10).json()["deliveries"]


def test_a_reading_becomes_a_mail_and_so_does_its_recovery(server):
    with Mailbox() as mailbox:
        add(server, rule(mailbox))
        post(server, event(label_key="roof\r\nBcc: evil@example.org", payload={"t": 31.5}))
        assert wait_until(lambda: mailbox.mails, 30)
        sender, recipients, mail = mailbox.mails[0]
        assert (sender, recipients) == ("alerts@example.org", ["ada@example.org"])
        assert mail["Subject"] == 'Rule "Too warm: 温度" has been triggered!'
        assert mail["Bcc"] is None
        text = mail.get_body(("plain",)).get_content()
        assert "Condition: t > 30" in text and "Current Value: 31.5" in text
        assert base64.b64decode(mailbox.logins[0].split()[-1]) == b"\0ada\0secret"
        post(
            server,
            event(label_key="roof\r\nBcc: evil@example.org", payload={"t": 3}, timestamp=1763800001000),
        )
        assert wait_until(lambda: len(mailbox.mails) == 2, 30)
        assert "has recovered" in mailbox.mails[1][2]["Subject"]
        assert wait_until(lambda: [one["state"] for one in log(server)] == ["sent", "sent"], 30)


def test_the_test_button_sends_one_and_says_when_the_mail_server_will_not(server):
    for refuse in (False, True):
        with Mailbox(refuse) as mailbox:
            answer = requests.post(f"{server.url}{RULES}/test", json=rule(mailbox), timeout=30).json()
            assert answer["sent"] is not refuse and len(mailbox.mails) == (not refuse)
    assert "secret" not in answer["message"] and "127.0.0.1" not in answer["message"]
    assert [one["state"] for one in log(server)] == ["failed", "sent"]


def test_a_mail_server_in_a_private_network_needs_the_flag():
    with running() as server, Mailbox() as mailbox:
        refused = requests.post(server.url + RULES, json=rule(mailbox), timeout=30)
        assert refused.status_code == 422 and refused.json()["error"]["field"] == "target"
        assert mailbox.mails == mailbox.logins == []
