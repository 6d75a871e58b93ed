"""The portal's page in Chromium, as on a phone: filled in, refused, accepted, read by axe-core."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser
import pytest
from miniviz_server.runner import Running, running
from portal_bench import NETWORKS, opened

pytestmark = browser.pytestmark
PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(database=tmp_path / "db.sqlite") as server:
        yield server


def looks_right(page: Any) -> None:
    """Fits a narrow screen, has controls for fingers, and axe-core has nothing to say."""
    from axe_playwright_python.sync_playwright import Axe

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    controls = page.locator("input, select, button").all()
    assert all(one.bounding_box()["height"] >= 44 for one in controls if one.is_visible())
    violations = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_sets_the_board_up(chromium: Any, server: Running, tmp_path: Path, scheme: str) -> None:
    folder = tmp_path / "board"
    folder.mkdir()
    project, odd = server.projects[0], NETWORKS[1]
    with opened(folder, "cpython") as portal:
        context = chromium.new_context(**PHONE, color_scheme=scheme)
        page, faults, asked = context.new_page(), list[str](), list[str]()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(portal.url)
        looks_right(page)
        page.get_by_label("WiFi network").select_option("")
        assert page.get_by_label("Name of the other network").is_visible()
        page.get_by_label("WiFi network").select_option(odd["ssid"])
        assert not page.get_by_label("Name of the other network").is_visible()
        page.get_by_label("WiFi password", exact=True).fill("wrong one")
        page.get_by_label("Project id").fill(project.id)
        token = page.get_by_label("Token", exact=True)
        token.fill(project.token)
        assert token.get_attribute("type") == "password"
        page.get_by_role("button", name="Show Token").click()
        assert token.get_attribute("type") == "text"
        label = page.get_by_label("Label, this device's name")
        label.fill('the "<shed>" & 😀')
        page.get_by_text("More").click()
        page.get_by_label("Address of Miniviz").fill(server.url)
        page.get_by_role("button", name="Test and save").click()
        alert = page.get_by_role("alert")
        alert.wait_for()
        assert "wrong password. Nothing was changed." in alert.inner_text()
        looks_right(page)
        assert label.input_value() == 'the "<shed>" & 😀'
        assert page.get_by_label("WiFi network").input_value() == odd["ssid"]
        assert token.input_value() == "" and project.token not in page.content()
        page.get_by_label("WiFi password", exact=True).fill(odd["password"])
        page.get_by_role("button", name="Test and save").click()
        page.get_by_role("heading", name="Done").wait_for()
        looks_right(page)
        config = portal.config()
        assert config["wifi"] == [{"ssid": odd["ssid"], "password": odd["password"]}]
        assert config["miniviz"]["label"] == 'the "<shed>" & 😀'
        context.close()
    assert faults == []
    assert all(one.startswith((portal.url, "data:")) for one in asked)


def test_it_works_without_scripts(chromium: Any, server: Running, tmp_path: Path) -> None:
    folder = tmp_path / "board"
    folder.mkdir()
    project = server.projects[0]
    with opened(folder, "cpython") as portal:
        context = chromium.new_context(**PHONE, java_script_enabled=False)
        page = context.new_page()
        page.goto(portal.url)
        page.get_by_label("WiFi network").select_option("")
        page.get_by_label("Name of the other network").fill("open")
        page.get_by_label("Project id").fill(project.id)
        page.get_by_label("Token", exact=True).fill(project.token)
        page.get_by_text("More").click()
        page.get_by_label("Address of Miniviz").fill(server.url)
        page.get_by_role("button", name="Test and save").click()
        page.get_by_role("heading", name="Done").wait_for()
        assert portal.config()["wifi"] == [{"ssid": "open", "password": ""}]
        context.close()
