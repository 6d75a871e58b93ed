"""Where alerts may go, how they are sent, and that no page shows an address."""

import socket
import threading

import pytest
import requests
from miniviz_server import PROJECTS, running
from miniviz_server import fence as guarding
from miniviz_server.channels import Channels, NotSent, mask, slack
from miniviz_server.fence import PrivateAddress, guarded, refuse_private
from miniviz_server.problem import Problem
from miniviz_server.settings import Settings
from receiver import Receiver

PRIVATE = [
    "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "198.18.0.1", "192.0.2.1",
    "ff02::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"]
MESSAGE = {
    "type": "triggered",
    "title": 'Rule "A" has been triggered!',
    "text": "Condition: t > 1",
    "condition": "t > 1",
    "label_key": "<!channel>",
    "current_value": 2,
    "event": {"payload": {"t": 2, "<x>": "&"}},
}


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address):
    with pytest.raises(PrivateAddress):
        refuse_private(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not(address):
    refuse_private(address)


def test_a_webhook_to_this_machine_is_refused_and_nothing_arrives(receiver):
    channels = Channels()
    with pytest.raises(Problem, match="allow-private-webhooks"):
        channels.check("webhook", receiver.url)
    for channel, target in (
        ("webhook", receiver.url),
        ("slack", receiver.url),
        ("webhook", receiver.url.replace("127.0.0.1", "localhost")),
        ("webhook", receiver.url.replace("127.0.0.1", "0x7f000001")),
        ("webhook", receiver.url.replace("127.0.0.1", "2130706433")),
        ("webhook", receiver.url.replace("127.0.0.1", "127.1")),
        ("apprise", receiver.url.replace("http://", "json://")),
    ):
        with pytest.raises(NotSent, match="private network"):
            channels.send(channel, target, MESSAGE)
    assert receiver.heard == []


def names(monkeypatch, answers):
    """A resolver that answers these names with these addresses, one after the other."""
    asked = []

    def resolve(host, port, *arguments, **options):
        if host not in answers:
            return real(host, port, *arguments, **options)
        asked.append(host)
        found = answers[host]
        address = found.pop(0) if len(found) > 1 else found[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    real = guarding._resolve
    monkeypatch.setattr(guarding, "_resolve", resolve)
    return asked


def test_a_name_that_means_a_private_address_is_refused_even_when_it_changes_its_mind(monkeypatch, receiver):
    port = receiver.server.server_port
    asked = names(monkeypatch, {"rebind.example": ["127.0.0.1"]})
    with pytest.raises(NotSent, match="private network"):
        Channels().send("webhook", f"http://rebind.example:{port}/x", MESSAGE)
    # The checked address is the one that is connected to: no second question to be answered otherwise.
    assert asked == ["rebind.example"] and receiver.heard == []


def test_a_redirect_is_checked_like_the_first_address(monkeypatch, receiver):
    # The first address passes as if it were public; the one it redirects to is this machine.
    names(monkeypatch, {"public.example": ["127.0.0.1"]})
    real = guarding.refuse_private
    passed = iter([None])
    monkeypatch.setattr(guarding, "refuse_private", lambda text: next(passed, 0) is None or real(text))
    receiver.answers = [(307, receiver.origin + "/inside")]
    with pytest.raises(NotSent, match="private network"):
        Channels().send("webhook", f"http://public.example:{receiver.server.server_port}/x", MESSAGE)
    assert receiver.paths == ["/x"]


def test_only_the_sending_thread_is_held_back():
    with guarded():
        with pytest.raises(PrivateAddress):
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        found = []
        thread = threading.Thread(target=lambda: found.append(socket.getaddrinfo("127.0.0.1", 80)))
        thread.start()
        thread.join()
        assert found
    assert socket.getaddrinfo("127.0.0.1", 80)


def test_with_the_flag_every_channel_reaches_this_machine(receiver):
    channels = Channels(allow_private=True)
    channels.send("webhook", receiver.url, MESSAGE)
    channels.send("slack", receiver.url, MESSAGE)
    channels.send("apprise", receiver.url.replace("http://", "json://"), MESSAGE)
    plain, for_slack, by_apprise = receiver.heard
    assert plain == MESSAGE and by_apprise["title"] == MESSAGE["title"]
    assert for_slack == slack(MESSAGE)


def test_slack_reads_the_vendors_order_and_no_device_can_call_a_channel():
    found = slack(MESSAGE)
    text = str(found)
    assert "<!channel>" not in text and "&lt;!channel&gt;" in text
    order = [text.index(word) for word in ("Condition", "Current Value", "Event Data")]
    assert order == sorted(order)


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_a_receiver_that_says_no_is_a_sentence_without_the_address(receiver, status):
    receiver.answers = [(status, receiver.origin + "/x") if status == 302 else status]
    with pytest.raises(NotSent) as caught:
        Channels(allow_private=True).send("webhook", receiver.url, MESSAGE)
    assert "secret" not in str(caught.value) and (status == 302 or str(status) in str(caught.value))


def test_a_receiver_that_is_not_there_is_a_sentence_without_the_address():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        target = f"http://127.0.0.1:{taken.getsockname()[1]}/secret"
        with pytest.raises(NotSent, match=r"^The connection was refused\.$"):
            Channels(allow_private=True).send("webhook", target, MESSAGE)


@pytest.mark.parametrize(
    ("channel", "target"),
    [
        ("webhook", ""),
        ("webhook", "example.org"),
        ("webhook", "ftp://example.org/"),
        ("webhook", "https://"),
        ("webhook", "https://[::1/"),
        ("webhook", "https://a b/"),
        ("webhook", "https://example.org:99999/"),
        ("slack", "json://example.org"),
        ("email", "me@example.org"),
        ("apprise", "nothing://x"),
        ("apprise", "syslog://"),
        ("apprise", "dbus://"),
        ("apprise", "json://10.0.0.1/"),
    ],
)
def test_an_address_that_is_none_is_refused_when_it_is_saved(channel, target):
    with pytest.raises(Problem) as caught:
        Channels().check(channel, target)
    assert caught.value.field == "target"


def test_a_masked_address_tells_two_apart_and_opens_nothing():
    secret = "https://hooks.slack.com/services/T000/B000/abcdefghijklmnop"
    assert mask(secret) == "https://hooks.slack.com/•••mnop"
    assert mask("mailtos://user:password@smtp.example.org?to=x") == "mailtos://smtp.example.org/•••"
    assert mask("tgram://123456:abcdef/1") == "tgram://•••"


def test_no_page_shows_an_address(receiver):
    with running(settings=Settings(allow_private_webhooks=True)) as server:
        base = f"{server.url}/projects/{PROJECTS[0].id}/rules"
        rule = {"name": "A", "operator": ">", "metric": "t", "threshold": 1, "channel": "webhook"}
        made = requests.post(base, json=rule | {"target": receiver.url}, timeout=10)
        assert made.status_code == 201
        tested = requests.post(f"{base}/test", json=rule | {"id": made.json()["id"]}, timeout=10)
        assert tested.json()["sent"] and receiver.paths == [receiver.path]
        shown = [requests.get(base + path, timeout=10) for path in ("", "/data")]
        for answer in (made, tested, *shown):
            assert "secret-part" not in answer.text
        other = f"{server.url}/projects/{PROJECTS[1].id}/rules"
        stolen = requests.post(f"{other}/test", json=rule | {"id": made.json()["id"]}, timeout=10)
        assert stolen.status_code == 422 and len(receiver.heard) == 1
        path = f"/{made.json()['id']}"
        assert requests.put(other + path, json=rule, timeout=10).status_code == 404
        assert requests.delete(other + path, timeout=10).status_code == 404
        assert requests.get(f"{other}/data", timeout=10).json()["rules"] == []
