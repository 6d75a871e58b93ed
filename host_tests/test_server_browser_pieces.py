"""Pieces that htmx swaps into an open page: what a visitor has done to the page stays done."""

import time

import pytest
from browser import pytestmark as pytestmark
from image_sender import document, picture
from image_sender import post as post_image
from miniviz_server import PROJECTS, running
from server_client import NOW, event, post, wait_until
from walk import walking

PROJECT = f"/projects/{PROJECTS[0].id}"
HIDE = "Object.defineProperty(document, 'hidden', {value: true, configurable: true})"
SHOW = "delete document.hidden"


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def visitor(chromium, server):
    with walking(chromium, server, viewport={"width": 700, "height": 600}) as walker:
        yield walker


def live(visitor, path):
    visitor.open(PROJECT + path)
    visitor.page.wait_for_selector("#live[data-state=live]")
    return visitor.page


@pytest.mark.parametrize("path", ["", "/database?period=all"])
def test_the_place_in_a_wide_table_and_on_the_page_is_kept(server, visitor, path):
    for n in range(30):
        post(server, event(timestamp=NOW + n, payload={f"a_rather_long_metric_{m}": n for m in range(8)}))
    page = live(visitor, path)
    page.evaluate("document.querySelector('.scroll').scrollLeft = 200; scrollTo(0, 300)")
    post(server, event(timestamp=NOW + 100))
    page.wait_for_selector("text=31 events")
    assert page.locator("tr.fresh").count() == 1
    assert page.evaluate("[document.querySelector('.scroll').scrollLeft, scrollY]") == [200, 300]


def test_a_focused_box_of_a_row_keeps_the_focus(server, visitor):
    post(server, event())
    page = live(visitor, "/database?period=all")
    box = page.locator("input[name=event]")
    box.focus()
    page.keyboard.press("Space")
    post(server, event(timestamp=NOW + 1, payload={"new": 2}))
    page.wait_for_selector("text=2 events")
    assert page.evaluate("document.activeElement.id") == box.last.get_attribute("id")
    assert page.inner_text("#delete") == "Delete selected (1)"
    assert page.locator("select[name=metric] option").all_inner_texts() == ["all", "temperature", "new"]


@pytest.mark.parametrize("path", ["", "/database?period=all"])
def test_a_burst_costs_a_few_requests_and_its_last_row_is_shown(server, visitor, path):
    page = live(visitor, path)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "seen=" in request.url else None)
    started = time.monotonic()
    for n in range(40):
        post(server, event(timestamp=NOW + n, payload={"n": n}))
    page.wait_for_selector("text=40 events")
    # The Database page asks every 200 ms at most, the front page every 100 ms.
    assert len(asked) <= (time.monotonic() - started) * (5 if path else 10) + 3


def test_a_page_of_older_rows_stays_as_it_is(server, visitor):
    for n in range(51):
        post(server, event(timestamp=NOW + n, payload={"n": n}))
    for path in ("", "/database?period=all"):
        page = live(visitor, path)
        page.click("text=Older events" if path == "" else "text=Next page")
        page.wait_for_selector("#live[data-state=live]")
        before = page.inner_text("tbody")
        post(server, event(timestamp=NOW + 1000, payload={"n": 1}))
        page.wait_for_timeout(500)
        assert page.inner_text("tbody") == before


def test_an_opened_call_stays_open_though_a_hundred_push_it_on(server, visitor):
    for n in range(100):
        post(server, event(payload={"n": n}))
    visitor.open(f"{PROJECT}/requests")
    page = visitor.page
    page.locator("#calls summary").first.click()
    page.click("h1")
    with page.expect_response("**/requests/rows"):
        post(server, event(payload={"n": 1234}))
    page.wait_for_selector("text=1234", state="attached")
    opened = page.locator("details.request[open]")
    assert opened.count() == 1 and '"n": 99' in opened.inner_text()
    assert page.locator("details.request").count() == 100


def test_calls_wait_while_somebody_reads_one_and_while_nobody_looks(server, visitor):
    post(server, event())
    visitor.open(f"{PROJECT}/requests")
    page, asked = visitor.page, []
    page.on("request", lambda request: asked.append(request.url) if "/rows" in request.url else None)
    for rest, wake in (
        ("document.querySelector('#calls summary').focus()", "document.activeElement.blur()"),
        (HIDE, SHOW),
    ):
        page.evaluate(rest)
        del asked[:]
        page.wait_for_timeout(2500)
        assert asked == []
        page.evaluate(wake)
        assert wait_until(lambda: page.wait_for_timeout(50) or asked, seconds=5)


def test_the_strip_of_images_shows_itself_and_takes_new_ones_in(server, visitor):
    page = live(visitor, "")
    assert not page.locator("#pictures").is_visible()
    now = time.time_ns() // 1_000_000
    assert post_image(server, document(picture(), timestamp=now, label_key="porch")).status_code == 201
    page.wait_for_selector("#pictures .shot")
    assert page.locator("#pictures").is_visible()
    assert "T" not in page.inner_text("#strip time")
    visitor.accessible()


def test_htmx_runs_nothing_that_stands_in_a_page_or_a_piece(visitor):
    page = live(visitor, "")
    names = ("allowEval", "allowScriptTags", "includeIndicatorStyles")
    assert [page.evaluate(f"htmx.config.{name}") for name in names] == [False] * 3
