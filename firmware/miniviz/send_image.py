"""One picture to the platform's image endpoint."""

from . import image, port
from .client import BAD_IMAGE, NO_PLAN, Outcome


def send(client, timestamp, label, name, frame):
    """What became of it; never raises."""
    path, query, token = client.url.partition("?")
    try:
        meta = {"timestamp": timestamp, "label_key": label, "image_name": name}
        body = image.body(meta, frame)
        headers = dict(client.headers)
        headers["Content-Length"] = str(body.length)
        outcome = client.exchange(path + "/image" + query + token, port.stream(body), headers)
    except Exception as error:  # noqa: BLE001 a camera's driver may raise anything while it is read
        return Outcome(BAD_IMAGE, None, str(error) or error.__class__.__name__)
    if body.fault:
        return Outcome(BAD_IMAGE, None, body.fault)
    if outcome.status == 403:
        outcome.kind = NO_PLAN
    return outcome
