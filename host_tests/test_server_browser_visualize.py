"""Visualize in a real browser: add a chart, see it live, zoom, arrange, on a phone and in the dark."""

import json
import time

import pytest
from browser import opened
from browser import pytestmark as pytestmark
from miniviz_server import PROJECTS, running
from server_client import event, post

PATH = f"/projects/{PROJECTS[0].id}/visualize"


@pytest.fixture
def server():
    with running() as server:
        yield server


def now():
    return time.time_ns() // 1_000_000


def send(server, minutes_ago=0, label="greenhouse-1", **payload):
    moment = now() - int(minutes_ago * 60_000)
    assert post(server, event(timestamp=moment, label_key=label, payload=payload)).status_code == 201


def add(page, kind, name, metrics=(), labels=(), **choices):
    page.click("#add")
    page.check(f"#editor input[name=type][value={kind}]")
    page.fill("#editor input[name=name]", name)
    for metric in metrics:
        page.check(f"#metrics label:has-text('{metric}') input")
    for label in labels:
        page.check(f"#labels label:has-text('{label}') input")
    for field, value in choices.items():
        control = page.locator(f"#editor [name={field}]")
        control.select_option(value) if control.evaluate("e => e.tagName") == "SELECT" else control.fill(
            value
        )
    page.click("#editor button[type=submit]")
    page.wait_for_selector("#editor", state="hidden")
    return page.locator(f"article[aria-label={json.dumps(name)}]")


def told_at(page, chart, x, y):
    """Whether the chart tells the time of what is there."""
    page.mouse.move(x, y)
    page.wait_for_timeout(100)
    return chart.locator(".when").count() == 1


def test_a_chart_of_every_type_is_added_and_lives(chromium, server):
    for minutes in range(60, 0, -1):
        send(server, minutes, temperature=20 + minutes / 10, humidity=50, state="on")
        send(server, minutes, label="balcony", temperature=10.5)
    with opened(chromium, server.url + PATH, viewport={"width": 1280, "height": 900}) as page:
        assert page.locator("#no-charts").is_visible()
        line = add(page, "line", "Warmth", ["temperature", "humidity"], range="1h")
        line.locator("canvas").wait_for()
        assert line.locator(".legend em").all_inner_texts() == ["balcony", "greenhouse-1", "greenhouse-1"]
        bar = add(page, "bar", "Hours", ["temperature"], ["balcony"], range="6h", aggregate="count")
        bar.locator("canvas").wait_for()
        assert bar.locator(".legend em").all_inner_texts() == ["balcony"]
        number = add(page, "number", "Now", ["temperature"], ["greenhouse-1"], range="6h")
        number.locator(".big").wait_for()
        assert number.locator(".big").inner_text() == "20.1" and "▼" in number.inner_text()
        gauge = add(page, "gauge", "Dial", ["humidity"], low="0", high="100")
        gauge.locator(".gauge-front").wait_for()
        table = add(page, "table", "Rows", ["state"])
        table.locator("tbody tr").first.wait_for()
        assert table.locator("th").all_inner_texts() == ["timestamp", "label_key", "state"]
        image = add(page, "image", "Camera")
        image.locator("text=No pictures in this time range").wait_for()
        page.evaluate("window.stillHere = true")
        send(server, temperature=33.3, humidity=71, state="off")
        page.wait_for_selector("article[aria-label=Now] .big:text-is('33.3')")
        page.wait_for_selector("article[aria-label=Dial] .gauge-value:text-is('71')")
        page.wait_for_selector("article[aria-label=Rows] td:text-is('off')")
        assert page.evaluate("window.stillHere")


def test_zoom_shows_a_part_and_comes_back(chromium, server):
    for minutes in range(120, 0, -1):
        send(server, minutes, temperature=minutes)
    with opened(chromium, server.url + PATH, viewport={"width": 1280, "height": 900}) as page:
        line = add(page, "line", "Warmth", ["temperature"], range="6h")
        over = line.locator(".u-over")
        over.wait_for()
        box = over.bounding_box()
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] * 0.7, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.9, middle, steps=4)
        page.mouse.up()
        reset = line.locator("button:has-text('Reset zoom')")
        reset.wait_for()
        # The finer data of the part may come after a move and draw the chart anew.
        assert any(
            told_at(page, line, box["x"] + box["width"] * 0.5 + nudge % 9, middle) for nudge in range(100)
        )
        reset.click()
        reset.wait_for(state="hidden")
        line.locator("header .soft:has-text('6 hours')").wait_for()


def test_charts_are_edited_arranged_and_deleted(chromium, server):
    send(server, 1, temperature=1)
    with opened(chromium, server.url + PATH, viewport={"width": 1280, "height": 900}) as page:
        add(page, "number", "One", ["temperature"])
        add(page, "number", "Two", ["temperature"])
        page.click("#layout")
        page.click("button[aria-label='Move Two earlier']")
        page.wait_for_selector("#board article:first-child[aria-label=Two]")
        page.click("button[aria-label='Two: 3 of 3 columns wide']")
        page.wait_for_selector("article[aria-label=Two][data-size='3']")
        page.reload()
        page.wait_for_selector("#board article")
        assert [one.get_attribute("aria-label") for one in page.locator("#board article").all()] == [
            "Two",
            "One",
        ]
        page.click("button[aria-label='Edit Two']")
        page.fill("#editor input[name=name]", "Renamed")
        page.click("#editor button[type=submit]")
        page.wait_for_selector("article[aria-label=Renamed]")
        page.on("dialog", lambda dialog: dialog.accept())
        page.click("button[aria-label='Edit Renamed']")
        page.click("#delete")
        page.wait_for_selector("article[aria-label=Renamed]", state="detached")


def test_the_editor_says_what_is_missing_and_a_chart_that_fails_can_be_tried_again(chromium, server):
    send(server, 1, temperature=1)
    with opened(chromium, server.url + PATH, allowed=["422", "503"]) as page:
        page.click("#add")
        page.fill("#editor input[name=name]", "Nothing")
        page.click("#editor button[type=submit]")
        page.wait_for_selector("#editor-problem:has-text('Choose at least one metric')")
        page.check("#metrics input")
        page.click("#editor button[type=submit]")
        page.wait_for_selector("article canvas")
        fail = {"error": {"code": "x", "message": "The database is away.", "field": None}}
        page.route("**/data?*", lambda route: route.fulfill(status=503, json=fail))
        page.click("#refresh")
        page.wait_for_selector("article[data-state=error]:has-text('The database is away.')")
        page.unroute("**/data?*")
        page.click("article button:has-text('Try again')")
        page.wait_for_selector("article[data-state=shown] canvas")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_dashboard_fits_a_phone_and_a_desk_in_both_colours(chromium, server, scheme, width):
    evil = "<img src=x onerror='window.hacked=1'>" + "a" * 100
    for minutes in range(30, 0, -1):
        send(server, minutes, label=evil, **{evil[:50]: minutes, "temperature": 2 * minutes})
    screen = {"width": width, "height": 800}
    with opened(chromium, server.url + PATH, viewport=screen, color_scheme=scheme) as page:
        add(page, "line", evil[:60], ["temperature", "onerror"], range="1h").locator("canvas").wait_for()
        add(page, "gauge", "Dial", ["temperature", "onerror"]).locator(".gauge").first.wait_for()
        add(page, "table", "Rows").locator("tbody tr").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.click("#add")
        page.locator("#editor").wait_for()  # its form comes from the server
        box = page.locator("#editor").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert page.evaluate("window.hacked") is None
