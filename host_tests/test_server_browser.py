"""The page in a real browser: a posted row appears by itself, and nothing it shows can run."""

import pytest
from browser import opened as opened_at
from browser import pytestmark as pytestmark
from miniviz_server import PROJECTS, running
from server_client import NOW, event, post


@pytest.fixture
def server():
    with running() as server:
        yield server


def opened(chromium, server, **options):
    """The demo project's page, live."""
    return opened_at(chromium, server.url, **options)


def first_row(page):
    return page.locator("tbody tr").first.locator("td").all_inner_texts()


def test_a_posted_row_appears_without_a_reload(chromium, server):
    with opened(chromium, server) as page:
        page.evaluate("window.stillHere = true")
        assert page.locator("#empty").is_visible() and page.locator("#chart-note").is_visible()
        post(server, event(payload={"temperature": 21.5}))
        page.wait_for_selector("tbody tr")
        assert first_row(page)[1:] == ["greenhouse-1", "21.5"]
        assert page.locator("#empty").count() == 0
        page.wait_for_selector("#chart canvas")
        assert not page.locator("#chart-note").is_visible()
        post(server, event(timestamp=NOW + 1000, label_key="balcony", payload={"temperature": 9, "co2": 415}))
        page.wait_for_selector("text=2 events")
        assert first_row(page)[1:] == ["balcony", "9", "415"]
        assert page.locator("tr.fresh").count() == 1
        assert page.evaluate("window.stillHere")


def test_the_chart_has_two_metrics_at_most_and_lets_one_choose(chromium, server):
    for n in range(5):
        post(server, event(timestamp=NOW + n * 60_000, payload={"a": n, "b": n * 2, "c": 1, "state": "on"}))
    with opened(chromium, server) as page:
        page.wait_for_selector("#metrics button")
        assert page.locator("#metrics button").all_inner_texts() == ["a", "b", "c"]
        chosen = page.locator("#metrics [aria-pressed=true]")
        assert chosen.all_inner_texts() == ["a", "b"]
        page.click("#metrics button:has-text('c')")
        assert chosen.all_inner_texts() == ["b", "c"]
        page.click("#metrics button:has-text('b')")
        page.click("#metrics button:has-text('c')")
        assert chosen.all_inner_texts() == ["c"]
        assert page.locator("#legend b").all_inner_texts() == ["1"]


def test_times_are_shown_in_the_viewers_zone(chromium, server):
    post(server, event())
    with opened(chromium, server, timezone_id="Asia/Tokyo") as page:
        assert first_row(page)[0] == "2025-11-22 17:26:40"


def test_what_a_device_sends_never_runs(chromium, server):
    evil = "<img src=x onerror='window.hacked=1'>"
    with opened(chromium, server) as page:
        post(server, event(label_key=evil, payload={evil: 1, "b": evil}))
        post(server, event(label_key="b", payload={evil: 2, "__proto__": 3}))
        page.wait_for_selector("text=2 events")
        page.wait_for_selector("#legend em")
        assert evil in page.inner_text("#legend") and evil in page.inner_text("tbody")
        assert page.evaluate("window.hacked") is None


def test_the_page_comes_back_to_life_after_the_server_was_away(chromium, tmp_path):
    with running(database=tmp_path / "a.sqlite") as server:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(server.url)
        page.wait_for_selector("#live[data-state=live]")
        port = int(server.url.rsplit(":", 1)[1])
    page.wait_for_selector("#live[data-state=lost]")
    with running(database=tmp_path / "a.sqlite", port=port) as server:
        post(server, event())
        page.wait_for_selector("#live[data-state=live]")
        page.wait_for_selector("text=1 event")
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_a_phone_and_a_desk_in_both_colours(chromium, server, scheme, width):
    payload = {f"a_rather_long_metric_{n}": n * 1.5 for n in range(8)}
    for n in range(3):
        post(server, event(timestamp=NOW + n, label_key="a" * 200, payload=payload))
    screen = {"width": width, "height": 800}
    with opened(chromium, server, viewport=screen, color_scheme=scheme) as page:
        page.wait_for_selector("#chart canvas")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.click(".token summary")
        box = page.locator(".token .panel").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert PROJECTS[0].token in page.inner_text(".token .panel")
