"""The image endpoint: what it takes, what it refuses and how, what it keeps."""

import base64
import io
import json
import zlib

import pytest
import requests
from image_sender import document, picture, post, sized
from miniviz_server import running
from miniviz_server.clock import clock
from miniviz_server.settings import Settings
from PIL import Image
from server_client import NOW, refused

DAY = 86_400_000


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def clocked():
    yield clock
    clock.offset_ms = 0


@pytest.mark.parametrize(("kind", "media"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_a_picture_is_stored_as_it_was_sent_whatever_its_name(server, kind, media):
    data = picture(kind, (640, 480))
    answer = post(server, document(data, image_name="whatever.jpg"))
    assert answer.status_code == 201
    (stored,) = server.images.newest(server.projects[0].id, 10)
    assert answer.json() == {"id": stored.id}
    assert (stored.timestamp, stored.label_key, stored.name) == (NOW, "camera_1", "whatever.jpg")
    assert (stored.kind, stored.width, stored.height, stored.size) == (media, 640, 480, len(data))
    base = f"{server.url}/projects/{server.projects[0].id}/images/{stored.id}"
    file, small = requests.get(f"{base}/file", timeout=9), requests.get(f"{base}/thumbnail", timeout=9)
    assert file.content == data and file.headers["content-type"] == media
    assert Image.open(io.BytesIO(small.content)).size == (320, 240)
    assert "whatever.jpg" in requests.get(base, timeout=9).text


def test_the_free_plan_has_no_images(server):
    message = refused(post(server, document(), server.projects[1]), 403, "plan_without_images")
    assert "Pro plan" in message
    # The reason arrives even where the body is large: it is read before it is refused.
    refused(post(server, document(sized(153_000)), server.projects[1]), 403, "plan_without_images")
    refused(post(server, document(sized(153_000)), token="wrong"), 401, "token_wrong", "token")
    assert server.images.count(server.projects[1].id) == 0


def test_one_image_a_minute_and_label(server, clocked):
    assert post(server, document()).status_code == 201
    again = post(server, document())
    message = refused(again, 429, "too_fast", "label_key")
    assert again.headers["Retry-After"] in ("59", "60") and "camera_1" in message
    assert post(server, document(label_key="camera_2")).status_code == 201
    clocked.offset_ms = 59_000
    assert post(server, document()).status_code == 429
    clocked.offset_ms = 60_500
    assert post(server, document()).status_code == 201


def test_the_pace_survives_a_restart(tmp_path):
    with running(database=tmp_path / "a.sqlite") as server:
        assert post(server, document()).status_code == 201
    with running(database=tmp_path / "a.sqlite") as server:
        assert post(server, document()).status_code == 429
        assert server.images.count(server.projects[0].id) == 1


def test_200_kb_count_after_base64_as_the_guide_says(server):
    assert post(server, document(sized(153_600))).status_code == 201
    message = refused(
        post(server, document(sized(153_601), label_key="b")), 413, "image_too_large", "image_base64"
    )
    assert "204804 characters, the limit is 204800" in message


def test_or_before_base64_with_the_switch():
    with running(settings=Settings(image_limit="before")) as server:
        assert post(server, document(sized(204_800))).status_code == 201
        message = refused(
            post(server, document(sized(204_801), label_key="b")), 413, "image_too_large", "image_base64"
        )
        assert "204801 bytes, the limit is 204800" in message
        refused(post(server, b" " * 300_001), 413, "body_too_large")


def tail_of(text):
    return base64.b64encode(text).decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("/9j/\n4AAQ", "line break at character 5; `base64` on Linux wraps"),
        ("/9j/4AAQ\r\n", "base64 -w0"),
        ("/9j/ 4AAQ", "white space at character 5"),
        ("/9j/4AA", "7 characters, which is no multiple of 4: the padding"),
        ("_9j_4AAQ", "the URL alphabet ('_' at character 1)"),
        ("/9j-4AAQ", "send + and / instead of - and _"),
        ("/9==4AAQ", "= in its middle"),
        ("/===", "= in its middle"),
        ("data:image/jpeg;base64,/9j/", "a data: URL"),
        ("/9j/4AA\u00e9", "is no base64"),
    ],
)
def test_base64_that_is_none_is_refused_in_words(server, text, words):
    message = refused(post(server, document(image_base64=text)), 400, "invalid_base64", "image_base64")
    assert words in message


def test_raw_line_breaks_in_the_json_name_their_cause(server):
    wrapped = base64.encodebytes(picture(noise=True)).decode().strip()
    fields = document() | {"image_base64": "@"}
    raw = json.dumps(fields).replace("@", wrapped).encode()
    message = refused(post(server, raw), 400, "malformed_json", "image_base64")
    assert "use `base64 -w0`" in message


def bomb():
    """A PNG of a few kilobytes with a billion pixels."""
    raw = zlib.compress(bytes(1 + 30_000 // 8) * 30_000, 9)
    header = (30_000).to_bytes(4, "big") * 2 + b"\x01\x00\x00\x00\x00"

    def chunk(name, body):
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", raw) + chunk(b"IEND", b"")


def damaged_png():
    data = bytearray(picture("PNG", noise=True))
    data[len(data) // 2] ^= 0xFF
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "status", "code", "words"),
    [
        (b"hello, this is a text", 415, "not_an_image", "The content is text"),
        (picture("GIF"), 415, "not_an_image", "a GIF"),
        (picture("BMP"), 415, "not_an_image", "a BMP"),
        (picture("WEBP"), 415, "not_an_image", "a WebP"),
        (b"\x00\x01\x02\x03\x04", 415, "not_an_image", "neither JPEG nor PNG (it begins with 00 01 02 03)"),
        (b"\xff\xd8\xff", 415, "not_an_image", "the beginning of a picture and no more"),
        (picture(noise=True)[:900], 422, "broken_image", "cannot be read to its end"),
        (picture("PNG", noise=True)[:900], 422, "broken_image", "cannot be read to its end"),
        (damaged_png(), 422, "broken_image", "cannot be read to its end"),
        (picture("PNG", (6000, 5000)), 422, "image_too_many_pixels", "6000 x 5000 pixels, the limit is"),
        (bomb(), 422, "image_too_many_pixels", "hundreds of millions of pixels, the limit is 25000000"),
    ],
)
def test_what_is_no_whole_picture_is_refused_by_its_content(server, data, status, code, words):
    assert words in refused(post(server, document(data)), status, code, "image_base64")
    assert server.images.count(server.projects[0].id) == 0


@pytest.mark.parametrize(
    ("changes", "code", "field", "words"),
    [
        ({"label_key": ""}, "label_empty", "label_key", "empty"),
        (
            {"label_key": "a" * 129},
            "label_too_long",
            "label_key",
            "129 characters, the limit for images is 128",
        ),
        ({"label_key": "my camera"}, "label_characters", "label_key", "has ' '"),
        ({"label_key": "カメラ"}, "label_characters", "label_key", "'\\u30ab'"),
        ({"label_key": "a\n"}, "label_characters", "label_key", "'\\n'"),
        ({"label_key": 5}, "wrong_type", "label_key", "is a number"),
        ({"image_name": ""}, "name_empty", "image_name", "empty"),
        ({"image_name": "a" * 256}, "name_too_long", "image_name", "256 characters, the limit is 255"),
        ({"image_name": "a\0"}, "name_nul", "image_name", "U+0000"),
        ({"image_name": None}, "wrong_type", "image_name", "is null"),
        ({"image_base64": 5}, "wrong_type", "image_base64", "is a number"),
        ({"timestamp": NOW // 1000}, "timestamp_too_early", "timestamp", "multiply by 1000"),
    ],
)
def test_fields_have_their_rules(server, changes, code, field, words):
    assert words in refused(post(server, document() | changes), 422, code, field)


@pytest.mark.parametrize("field", ["timestamp", "label_key", "image_name", "image_base64"])
def test_every_field_is_required(server, field):
    body = document()
    del body[field]
    refused(post(server, body), 422, "missing_field", field)


def test_the_longest_names_are_taken(server):
    label = "aZ09-_.:@/" * 12 + "12345678"
    assert post(server, document(label_key=label, image_name="写" * 255)).status_code == 201


def test_images_are_kept_for_30_days(server, clocked):
    project = server.projects[0].id
    assert post(server, document()).status_code == 201
    clocked.offset_ms = 29 * DAY
    assert post(server, document()).status_code == 201
    assert server.images.count(project) == 2
    clocked.offset_ms = 31 * DAY
    assert server.images.sweep() == 1 and server.images.count(project) == 1
    gone = requests.get(f"{server.url}/projects/{project}/images/1/file", timeout=9)
    refused(gone, 404, "no_image")


def test_two_of_a_label_at_the_same_moment_are_one(server):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(
            answer.status_code for answer in pool.map(lambda _: post(server, document()), range(8))
        )
    assert codes == [201] + [429] * 7
    assert server.images.count(server.projects[0].id) == 1


def test_pages_of_thumbnails(server, clocked):
    project = server.projects[0].id
    page = f"{server.url}/projects/{project}/images"
    assert "No images yet" in requests.get(page, timeout=9).text
    assert (
        "free plan" in requests.get(f"{server.url}/projects/{server.projects[1].id}/images", timeout=9).text
    )
    for n in range(50):
        assert post(server, document(label_key=f"c{n}", timestamp=NOW + n)).status_code == 201
    first = requests.get(page, timeout=9).text
    assert first.count('class="shot"') == 48 and "50 images" in first and "c49" in first
    older = first.split('href="/projects/')[-1].split('"')[0].replace("&amp;", "&")
    second = requests.get(f"{server.url}/projects/{older}", timeout=9).text
    assert second.count('class="shot"') == 2
    strip = requests.get(f"{page}/strip", timeout=9).text
    assert strip.count('class="shot"') == 6
    for wrong in ("0", "99", "-1", str(2**63), str(-(2**70))):
        assert requests.get(f"{page}/{wrong}", timeout=9).status_code == 404
        assert requests.get(f"{page}/{wrong}/file", timeout=9).status_code == 404
        assert requests.get(f"{page}/{wrong}/thumbnail", timeout=9).status_code == 404
    other = f"{server.url}/projects/{server.projects[1].id}/images/1/file"
    assert requests.get(other, timeout=9).status_code == 404


def test_a_name_is_text_on_every_page_and_in_every_header(server):
    name = '"><script>alert(1)</script>\r\nX-Evil: 1'
    assert post(server, document(image_name=name)).status_code == 201
    base = f"{server.url}/projects/{server.projects[0].id}/images/1"
    assert "<script>alert" not in requests.get(base, timeout=9).text
    headers = requests.get(f"{base}/file", timeout=9).headers
    assert "x-evil" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("part", ["file", "thumbnail"])
def test_a_picture_filled_with_script_is_a_picture_that_may_do_nothing(server, part):
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, "JPEG", comment=b"<script>alert(1)</script>")
    assert post(server, document(out.getvalue(), image_name="page.html")).status_code == 201
    answer = requests.get(f"{server.url}/projects/{server.projects[0].id}/images/1/{part}", timeout=9)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'none'"} <= set(policy)
    assert not any(one.startswith("script-src") for one in policy)


@pytest.mark.parametrize("text", [b"<script>alert(1)</script>", b"<svg onload='alert(1)'/>"])
def test_a_page_is_no_picture_whatever_its_name(server, text):
    assert post(server, document(text, image_name="a.png")).status_code in (400, 415, 422)
    assert server.images.newest(server.projects[0].id, 10) == []


def test_a_body_that_is_cut_off_harms_nobody(server):
    import socket

    raw = json.dumps(document(sized(100_000))).encode()
    host, port = server.url.removeprefix("http://").split(":")
    project = server.projects[0]
    with socket.create_connection((host, int(port)), timeout=9) as sender:
        head = f"POST /api/project/{project.id}/image?token={project.token} HTTP/1.1\r\nHost: x\r\n"
        sender.sendall(f"{head}Content-Length: {len(raw)}\r\n\r\n".encode() + raw[:50_000])
    assert post(server, document()).status_code == 201
    assert server.images.count(project.id) == 1


def test_the_image_chart_shows_what_was_sent(server):
    project = server.projects[0].id
    for label in ("camera_1", "camera_2"):
        assert post(server, document(label_key=label)).status_code == 201
    settings = {"type": "image", "name": "Door", "labels": ["camera_2"], "range": "24h"}
    made = requests.post(f"{server.url}/projects/{project}/charts", json=settings, timeout=20)
    assert made.status_code == 201, made.text
    url = f"{server.url}/projects/{project}/charts/{made.json()['id']}/data"
    shown = requests.get(url, params={"start": NOW, "end": NOW + 1}, timeout=20).json()["pictures"]
    assert [(one["label_key"], one["timestamp"]) for one in shown] == [("camera_2", NOW)]
    assert requests.get(server.url + shown[0]["url"], timeout=20).content == picture()
    later = requests.get(url, params={"start": NOW + 1, "end": NOW + 2}, timeout=20).json()
    assert later["pictures"] == []
