"""Steps 5 to 7 as a new user walks them, in a real browser; axe-core looks at every page and dialog."""

import base64
import io
import math
import time

import pytest
import requests
from browser import pytestmark as pytestmark
from miniviz_server import Settings, running
from miniviz_server.clock import clock
from PIL import Image, ImageDraw
from receiver import Receiver
from walk import walking

MINUTE = 60_000


@pytest.fixture
def server():
    with running(settings=Settings(front_demo=False, allow_private_webhooks=True)) as server:
        yield server


def now():
    return time.time_ns() // 1_000_000


def post(server, project_id, path="", **fields):
    token = server.store.projects.get(project_id).token
    url = f"{server.url}/api/project/{project_id}{path}"
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(url, json={"timestamp": now()} | fields, headers=headers, timeout=20)


def send(server, project_id, label="greenhouse-1", at=None, **payload):
    answer = post(server, project_id, timestamp=at or now(), label_key=label, payload=payload)
    assert answer.status_code == 201, answer.text


def a_day(server, project_id):
    """A day of readings as a greenhouse would send them."""
    for n in range(0, 24 * 60, 15):
        warmth = 21 + 6 * math.sin(n / 230) + (n % 7) / 10
        at = now() - (24 * 60 - n) * MINUTE
        send(server, project_id, at=at, temperature=round(warmth, 1), humidity=round(90 - warmth, 1))
        send(server, project_id, "balcony", at=at, temperature=round(warmth - 8, 1), humidity=40)


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
        control.fill(value) if field in ("low", "high") else control.select_option(value)
    page.click("#editor button[type=submit]")
    page.wait_for_selector("#editor", state="hidden")
    page.wait_for_selector(f"article[aria-label='{name}'][data-state=shown]")


def test_step_5_dashboards_of_charts(chromium, server):
    with walking(chromium, server) as ada:
        page = ada.page
        ada.register()
        project_id = ada.make_project()
        a_day(server, project_id)
        ada.open(f"/projects/{project_id}/visualize")
        page.wait_for_selector("#live[data-state=live]")
        ada.accessible()
        add(page, "line", "Temperature", ["temperature"])
        add(page, "number", "Greenhouse now", ["temperature"], ["greenhouse-1"])
        add(page, "gauge", "Humidity", ["humidity"], ["greenhouse-1"], low="0", high="100")
        add(page, "bar", "Warmest hour", ["temperature"], ["balcony"], aggregate="max", interval="3600000")
        ada.accessible()
        ada.shoot("5-visualize")
        page.click("#add")
        ada.accessible()
        page.click("#cancel")
        page.click("#new-dashboard")
        ada.accessible()
        page.click("#namer-cancel")
        page.click("#new-dashboard")
        page.fill("#namer input[name=name]", "Balcony")
        page.click("#namer button[type=submit]")
        page.wait_for_selector(".tabs [aria-current]:text-is('Balcony')")
        page.wait_for_selector("#no-charts", state="visible")
        add(page, "table", "Rows", ["humidity"], ["balcony"])
        ada.accessible()
        page.click(".tabs a:text-is('Dashboard')")
        page.wait_for_selector("article[aria-label=Humidity]")
        assert page.locator("article[aria-label=Rows]").count() == 0
        page.click("#rename-dashboard")
        assert page.input_value("#namer input[name=name]") == "Dashboard"
        page.fill("#namer input[name=name]", "Greenhouse")
        page.click("#namer button[type=submit]")
        page.wait_for_selector(".tabs [aria-current]:text-is('Greenhouse')")
        page.click(".tabs a:text-is('Balcony')")
        page.wait_for_selector("article[aria-label=Rows]")
        page.on("dialog", lambda dialog: dialog.accept())
        page.click("#delete-dashboard")
        page.wait_for_selector(".tabs [aria-current]:text-is('Greenhouse')")
        assert page.locator(".tabs a").count() == 1 and not page.locator("#delete-dashboard").is_visible()


def test_step_6_a_rule_notifies(chromium, server):
    with Receiver() as receiver, walking(chromium, server) as ada:
        page = ada.page
        ada.register()
        project_id = ada.make_project()
        send(server, project_id, temperature=21.5)
        ada.open(f"/projects/{project_id}/rules")
        page.wait_for_selector("#live[data-state=live]")
        ada.accessible()
        page.click("#add")
        for name, value in {"name": "Too warm", "metric": "temperature", "threshold": "30"}.items():
            page.fill(f"#editor [name={name}]", value)
        page.select_option("#editor [name=channel]", "webhook")
        page.fill("#editor [name=target]", receiver.url)
        ada.accessible()
        page.click("#test")
        page.wait_for_selector("#editor-note:has-text('was sent')")
        page.click("#editor button[type=submit]")
        page.wait_for_selector("article[data-status=ok]")
        send(server, project_id, temperature=31.5)
        page.wait_for_selector("article[data-status=triggered]")
        page.wait_for_selector("#log tr[data-kind=triggered][data-state=sent]")
        ada.accessible()
        ada.shoot("6-rules")
        assert [one["type"] for one in receiver.heard] == ["test", "triggered"]


def balcony(hour):
    """What a camera there sees: the sun on its way over a box of plants."""
    seen = Image.new("RGB", (320, 240), (110 + 12 * hour, 170 + 6 * hour, 225))
    draw = ImageDraw.Draw(seen)
    draw.ellipse((45 * hour, 30, 45 * hour + 44, 74), fill=(250, 210, 90))
    for stem in range(30, 310, 40):
        draw.line((stem, 190, stem, 130), fill=(40, 110, 60), width=6)
        draw.ellipse((stem - 22, 105 + stem % 3 * 9, stem + 22, 150 + stem % 3 * 9), fill=(52, 130, 70))
    draw.rectangle((10, 185, 310, 240), fill=(140, 90, 60))
    out = io.BytesIO()
    seen.save(out, "JPEG")
    return base64.b64encode(out.getvalue()).decode()


def test_step_7_images(chromium, server, tmp_path):
    with walking(chromium, server) as ada:
        page = ada.page
        ada.register()
        free = ada.make_project("Free one", plan="free")
        project_id = ada.make_project()
        out = io.BytesIO()
        Image.new("RGB", (320, 240), (40, 110, 60)).save(out, "JPEG")
        shot = {"label_key": "cam", "image_name": "a <b>.jpg"}
        shot["image_base64"] = base64.b64encode(out.getvalue()).decode()
        assert post(server, free, "/image", **shot).status_code == 403
        ada.open(f"/projects/{free}/images")
        assert "No images on the free plan" in page.inner_text("main")
        ada.open(f"/projects/{project_id}/images")
        assert "No images yet" in page.inner_text("main")
        ada.accessible()
        assert post(server, project_id, "/image", **shot).status_code == 201
        again = post(server, project_id, "/image", **shot)
        assert again.status_code == 429 and 0 < int(again.headers["Retry-After"]) <= 60
        ada.open(f"/projects/{project_id}/images")
        ada.accessible()
        page.click(".shots a")
        page.wait_for_selector("figure img")
        assert page.evaluate("document.querySelector('figure img').naturalWidth") == 320
        ada.accessible()
        with page.expect_download() as download:
            page.click("text=Download")
        download.value.save_as(tmp_path / "a.jpg")
        assert (tmp_path / "a.jpg").read_bytes() == out.getvalue()
        try:
            for hour in range(1, 7):
                clock.offset_ms = hour * MINUTE
                seen = {"label_key": "balcony", "image_name": "a.jpg", "image_base64": balcony(hour)}
                assert post(server, project_id, "/image", timestamp=now() + hour * MINUTE, **seen).ok
        finally:
            clock.offset_ms = 0
        page.click("text=All images")
        page.wait_for_selector(".shot >> nth=6")
        page.evaluate("Promise.all([...document.images].map((one) => one.decode()))")
        ada.accessible()
        ada.shoot("7-images")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_fits_and_is_readable_on_a_phone_and_a_desk(chromium, server, scheme, width):
    screen = {"width": width, "height": 800}
    with walking(chromium, server, viewport=screen, color_scheme=scheme) as ada:
        page = ada.page
        ada.register()
        project_id = ada.make_project()
        send(server, project_id, temperature=21.5, humidity=50)
        boards = ada.page.request
        long = "A dashboard with quite a long name 123"
        for n in range(4):
            made = boards.post(
                f"{server.url}/projects/{project_id}/dashboards",
                data={"name": f"{long}{n}"},
                headers={"Content-Type": "application/json"},
            )
            assert made.status == 201, made.text()
        for path in ("/visualize", "/rules", "/images"):
            ada.open(f"/projects/{project_id}{path}")
            if path != "/images":
                page.wait_for_selector("#live[data-state=live]")
            if path == "/visualize":
                add(page, "line", "Temperature", ["temperature", "humidity"])
                add(page, "gauge", "Dial", ["humidity"])
            ada.fits()
            ada.accessible()
            ada.shoot(f"look-{path[1:]}-{width}-{scheme}")
