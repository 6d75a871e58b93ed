"""Rules in a real browser: add one, a reading triggers it, a receiver hears of it, it recovers."""

import time

import pytest
from browser import opened
from browser import pytestmark as pytestmark
from miniviz_server import PROJECTS, running
from miniviz_server.settings import Settings
from receiver import Receiver
from server_client import event, post, wait_until

PATH = f"/projects/{PROJECTS[0].id}/rules"


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def server():
    with running(settings=Settings(allow_private_webhooks=True)) as server:
        yield server


def send(server, **payload):
    moment = time.time_ns() // 1_000_000
    assert post(server, event(timestamp=moment, payload=payload)).status_code == 201


def add(page, **fields):
    page.click("#add")
    for name, value in fields.items():
        control = page.locator(f"#editor [name={name}]")
        control.select_option(value) if control.evaluate("e => e.tagName") == "SELECT" else control.fill(
            value
        )


def save(page):
    page.click("#editor button[type=submit]")
    page.wait_for_selector("#editor", state="hidden")


def test_a_rule_triggers_a_webhook_and_recovers(chromium, server, receiver):
    send(server, temperature=21)
    with opened(chromium, server.url + PATH) as page:
        assert page.locator("#no-rules").is_visible()
        add(
            page,
            name="Too warm",
            metric="temperature",
            threshold="30",
            channel="webhook",
            target=receiver.url,
        )
        page.click("#test")
        page.wait_for_selector("#editor-note:has-text('The test notification was sent.')")
        assert receiver.heard[0]["type"] == "test"
        save(page)
        card = page.locator("article[aria-label='Too warm']")
        card.locator("code:text-is('temperature > 30')").wait_for()
        assert receiver.path not in page.inner_text("main")
        send(server, temperature=31.5, humidity=40)
        page.wait_for_selector("article[data-status=triggered] li:has-text('greenhouse-1')")
        page.wait_for_selector("#log tr[data-kind=triggered][data-state=sent]")
        send(server, temperature=29)
        page.wait_for_selector("article[data-status=ok]")
        page.wait_for_selector("#log tr[data-kind=recovered][data-state=sent]")
        assert wait_until(lambda: len(receiver.heard) == 3)
        fired, recovered = receiver.heard[1:]
        assert fired["title"] == 'Rule "Too warm" has been triggered!'
        assert "Condition: temperature > 30" in fired["text"] and "Current Value: 31.5" in fired["text"]
        assert fired["event"]["payload"] == {"temperature": 31.5, "humidity": 40}
        assert (recovered["type"], recovered["current_value"]) == ("recovered", 29)


def test_a_rule_is_edited_filtered_switched_off_and_deleted(chromium, server, receiver):
    with opened(chromium, server.url + PATH, allowed=["422"]) as page:
        add(page, name="A", metric="t", threshold="x", channel="webhook", target=receiver.url)
        page.click("#editor button[type=submit]")
        page.wait_for_selector("#editor-problem:has-text('needs a number')")
        page.fill("#editor [name=threshold]", "1")
        save(page)
        page.click("button[aria-label='Edit A']")
        assert receiver.path not in page.content()
        page.uncheck("#editor [name=enabled]")
        page.fill("#editor [name=name]", "B")
        save(page)
        page.wait_for_selector("article[aria-label=B][data-status=off]")
        page.select_option("#filter", "triggered")
        page.wait_for_selector("text=No rule has this status.")
        page.select_option("#filter", "off")
        page.click("button[aria-label='Edit B']")
        page.on("dialog", lambda dialog: dialog.accept())
        page.click("#delete")
        page.wait_for_selector("#no-rules", state="visible")


def test_silence_is_watched_without_a_metric(chromium, server, receiver):
    with opened(chromium, server.url + PATH) as page:
        add(page, name="Quiet", operator="silent", minutes="10", channel="webhook", target=receiver.url)
        assert not page.locator("#editor [name=metric]").is_visible()
        save(page)
        page.wait_for_selector("article code:text-is('silent for 10 min')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_a_phone_and_a_desk_in_both_colours(chromium, server, receiver, scheme, width):
    long = "<b onclick=alert(1)>" + "long" * 14
    screen = {"width": width, "height": 800}
    with opened(chromium, server.url + PATH, viewport=screen, color_scheme=scheme) as page:
        add(page, name=long, metric="t", threshold="1", channel="webhook", target=receiver.url)
        box = page.locator("#editor").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        save(page)
        send(server, t=2)
        page.wait_for_selector("#log tr[data-state=sent]")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
