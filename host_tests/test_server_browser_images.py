"""Images in a real browser: the page of thumbnails, preview, download, disk use, and beside their events."""

import time

import pytest
from browser import pytestmark as pytestmark
from image_sender import document, picture, post
from miniviz_server import PROJECTS, running
from miniviz_server.clock import clock
from server_client import event
from server_client import post as post_event
from walk import walking

IMAGES = f"/projects/{PROJECTS[0].id}/images"
DATABASE = f"/projects/{PROJECTS[0].id}/database"


@pytest.fixture
def server():
    with running() as server:
        yield server


def now():
    return time.time_ns() // 1_000_000


def send(server, timestamp, label="greenhouse-1", name="noon.jpg", data=None):
    answer = post(server, document(data, timestamp=timestamp, label_key=label, image_name=name))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def read(server, timestamp, label="greenhouse-1", **payload):
    answer = post_event(server, event(timestamp=timestamp, label_key=label, payload=payload or {"t": 1}))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def loaded(page):
    """Waits until every image is there, and fails on one that cannot be shown."""
    page.evaluate("Promise.all([...document.images].map((one) => one.decode()))")


def downloaded(page, link):
    with page.expect_download() as waiting:
        link.click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def test_no_images_says_what_to_do(chromium, server):
    with walking(chromium, server) as walker:
        walker.open(IMAGES)
        assert walker.page.locator(".empty h2").inner_text() == "No images yet"
        assert walker.page.locator(".count").inner_text() == "0 images · kept for 30 days"
        walker.accessible()
        walker.open(f"/projects/{PROJECTS[1].id}/images")
        assert walker.page.locator(".empty h2").inner_text() == "No images on the free plan"
        walker.fits()


def test_thumbnails_preview_download_and_disk_use(chromium, server):
    data = picture("PNG", (640, 480))
    send(server, now() - 60_000, name="noon.jpg")
    send(server, now(), "balcony", 'a "b" <i>c</i>.png', data)
    with walking(chromium, server) as walker:
        page = walker.page
        walker.open(IMAGES)
        loaded(page)
        shots = page.locator(".shot")
        assert [one.split("\n")[0] for one in shots.all_inner_texts()] == ["balcony", "greenhouse-1"]
        used = server.images.disk_use(PROJECTS[0].id)
        assert used > len(data) and page.locator(".count").inner_text() == (
            f"2 images · {used / 1000:.1f} kB on disk · kept for 30 days"
        )
        walker.accessible()
        walker.fits()
        walker.shoot("images")
        shots.first.click()
        loaded(page)
        assert page.locator("h1").inner_text() == 'a "b" <i>c</i>.png'
        assert "640 \u00d7 480" in page.locator("figcaption").inner_text()
        assert page.evaluate("document.querySelector('.preview img').naturalWidth") == 640
        walker.accessible()
        name, content = downloaded(page, page.locator("text=Download"))
        assert content == data and name.endswith(".png")
        page.click("text=All images")
        page.wait_for_url(f"**{IMAGES}")


def test_older_images_are_a_page_further(chromium, server):
    for number in range(49):
        send(server, now() - 1000 * number, f"camera-{number}")
    with walking(chromium, server, viewport={"width": 360, "height": 740}) as walker:
        walker.open(IMAGES)
        assert walker.page.locator(".shot").count() == 48
        walker.fits()
        walker.page.click("text=Older images")
        walker.page.wait_for_url("**before=*")
        assert walker.page.locator(".shot .clip").all_inner_texts() == ["camera-48"]


def test_images_stand_beside_the_events_of_their_label_and_time(chromium, server):
    at = now() - 3_600_000
    bare = read(server, at - 300_000)
    first, second = read(server, at), read(server, at + 60_000)
    other = read(server, at, "balcony", t=2)
    near = send(server, at + 2_000, name="first.jpg")
    try:
        clock.offset_ms = 60_000
        late = send(server, at + 95_000, name="second.jpg")
        clock.offset_ms = 120_000
        send(server, at + 600_000, name="alone.jpg")  # further from any event than a minute
    finally:
        clock.offset_ms = 0
    lone = send(server, at + 31_000, "porch", "porch.jpg")  # a label without events
    with walking(chromium, server) as walker:
        page = walker.page
        walker.open(DATABASE)
        loaded(page)

        def shown(row):
            links = page.locator(f"tr[data-id='{row}'] .thumb a:first-child")
            return [int(link.get_attribute("href").rsplit("/", 1)[1]) for link in links.all()]

        assert [shown(row) for row in (bare, first, second, other)] == [[], [near], [late], []]
        assert lone not in [image for row in (bare, first, second, other) for image in shown(row)]
        walker.accessible()
        walker.fits()
        walker.shoot("database-images")
        name, content = downloaded(page, page.locator(f"tr[data-id='{first}'] .thumb >> text=Download"))
        assert (name, content) == ("first.jpg", picture())
        page.click(f"tr[data-id='{second}'] .thumb img")
        page.wait_for_url(f"**{IMAGES}/{late}")
        assert page.locator("h1").inner_text() == "second.jpg"


def test_a_new_image_comes_to_its_event_without_a_reload(chromium, server):
    with walking(chromium, server) as walker:
        page = walker.page
        walker.open(DATABASE)
        page.wait_for_selector("#live[data-state=live]")
        row = read(server, now() - 1000)
        page.wait_for_selector(f"tr[data-id='{row}']")
        assert page.locator("th:has-text('image')").count() == 0
        send(server, now())
        read(server, now() + 1, "balcony")
        page.wait_for_selector(f"tr[data-id='{row}'] .thumb img")
