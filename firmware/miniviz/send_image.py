"""One picture to the platform's image endpoint."""

from . import image, port
from .client import BAD_IMAGE, NO_PLAN, Outcome


def send(client, timestamp, label, name, frame):
    """What became of it; never raises."""
    try:
        body = image.body({"timestamp": timestamp, "label_key": label, "image_name": name}, frame)
        headers = dict(client.headers)
        headers["Content-Length"] = str(body.length)
        outcome = client.exchange(_url(client.url), port.stream(body), headers)
    except Exception as error:  # noqa: BLE001 a camera's driver may raise anything while it is read
        return Outcome(BAD_IMAGE, None, str(error) or error.__class__.__name__)
    if body.fault:
        return Outcome(BAD_IMAGE, None, body.fault)
    if outcome.status == 403:
        outcome.kind = NO_PLAN
    return outcome


def _url(data):
    """The image endpoint's url, from that of the data endpoint, whose token may stand in its query."""
    return data.replace("?", "/image?", 1) if "?" in data else data + "/image"
