"""Every limit of the image endpoint, once: its value, the status of a refusal, and its source."""

from __future__ import annotations

from miniviz_server.limits import GUIDE, Limit

# "200KB max" "(size after base64 encoding)"; the vendor's newer pages say before.
IMAGE_BASE64 = Limit(204_800, 413, "image_too_large", f"{GUIDE}: Image Size and Format, image size")
IMAGE_BYTES = Limit(204_800, 413, "image_too_large", "the vendor's newer pages: 200 KB before base64")
IMAGE_LABEL = Limit(128, 422, "label_too_long", f"{GUIDE}: Request Body (Image Transmission), label_key")
IMAGE_NAME = Limit(255, 422, "name_too_long", f"{GUIDE}: Request Body (Image Transmission), image_name")
IMAGE_SECONDS = Limit(60, 429, "too_fast", f"{GUIDE}: Transmission interval, 60 seconds/image per label key")
IMAGE_DAYS = Limit(30, 404, "expired", f"{GUIDE}: Retention period, 30 days")

# The largest honest body: 204,800 bytes as base64, names whose every character is escaped, and blanks.
IMAGE_BODY = Limit(300_000, 413, "body_too_large", "this server: bounds the memory of one request")
# A few kilobytes of PNG can unfold to gigabytes. The largest camera that this firmware knows has 5 million.
IMAGE_PIXELS = Limit(
    25_000_000, 422, "image_too_many_pixels", "this server: bounds the memory of one picture"
)

LABEL_CHARACTERS = "A-Z, a-z, 0-9 and -_.:@/"
LABEL_PATTERN = r"[A-Za-z0-9\-_.:@/]+"
IMAGE_LIMITS = (
    IMAGE_BASE64,
    IMAGE_LABEL,
    IMAGE_NAME,
    IMAGE_SECONDS,
    IMAGE_BODY,
    IMAGE_PIXELS,
)
