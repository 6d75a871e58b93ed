"""Real images for the image endpoint, and a way to post them."""

import base64
import io
import json

import requests
from PIL import Image
from server_client import NOW


def picture(kind="JPEG", size=(64, 48), quality=80, noise=False):
    """A real picture; with noise, one that does not shrink."""
    made = Image.effect_noise(size, 90).convert("RGB") if noise else Image.new("RGB", size, (20, 90, 160))
    out = io.BytesIO()
    made.save(out, kind, quality=quality)
    return out.getvalue()


def sized(count):
    """A JPEG of exactly so many bytes."""
    bare = picture()
    left = count - len(bare)
    comments = b""
    while left:
        size = min(left, 60_000) if left > 60_004 or left <= 60_000 else left - 100
        comments += b"\xff\xfe" + (size - 2).to_bytes(2, "big") + bytes(size - 4)
        left -= size
    return bare[:2] + comments + bare[2:]


def document(data=None, **changes):
    text = base64.b64encode(picture() if data is None else data).decode()
    fields = {"timestamp": NOW, "label_key": "camera_1", "image_name": "image.jpg", "image_base64": text}
    return fields | changes


def post(server, body, project=None, token=None):
    project = project or server.projects[0]
    url = f"{server.url}/api/project/{project.id}/image?token={token or project.token}"
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return requests.post(url, data=raw, headers={"Content-Type": "application/json"}, timeout=20)
