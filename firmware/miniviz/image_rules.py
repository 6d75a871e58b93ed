"""The limits of Miniviz' image endpoint; a device without a camera never loads them."""

from .port import const

# The table of limits. "Guide" is Miniviz's Quick Start Guide, "image" its endpoint.
MAX_IMAGE_LABEL = const(128)  # Guide, image: "128 characters max"
IMAGE_LABEL_CHARS = "-_.:@/"  # Guide, image: "[A-Za-z0-9-_.:@/] only"
MAX_IMAGE_NAME = const(255)  # Guide, image: "255 characters max"
MAX_IMAGE_BASE64 = const(204800)  # Guide, image: "200KB max" "after base64 encoding"
MAX_IMAGE_BYTES = const(153600)  # the image whose base64 has 204,800 characters
MIN_IMAGE_SECONDS = const(60)  # Guide, image: "60 seconds/image (managed per label key)"
