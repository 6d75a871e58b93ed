"""The limits of Miniviz' image endpoint; a device without a camera never loads them."""

from .port import const
from .rules import Refused

# The table of limits. "Guide" is Miniviz's Quick Start Guide, "image" its endpoint.
MAX_IMAGE_LABEL = const(128)  # Guide, image: "128 characters max"
IMAGE_LABEL_CHARS = "-_.:@/"  # Guide, image: "[A-Za-z0-9-_.:@/] only"
MAX_IMAGE_NAME = const(255)  # Guide, image: "255 characters max"
MAX_IMAGE_BASE64 = const(204800)  # Guide, image: "200KB max" "after base64 encoding"
MAX_IMAGE_BYTES = const(153600)  # the image whose base64 has 204,800 characters
MIN_IMAGE_SECONDS = const(60)  # Guide, image: "60 seconds/image (managed per label key)"


def check_image_label(label):
    """Raise Refused unless the image endpoint takes this label."""
    from .refusal import check_text

    check_text("label", label, "label_key", MAX_IMAGE_LABEL)
    for c in label:
        if not ("a" <= c <= "z" or "A" <= c <= "Z" or "0" <= c <= "9" or c in IMAGE_LABEL_CHARS):
            message = "label_key of an image has '%s'; use A-Z, a-z, 0-9 and %s"
            raise Refused("label", None, message % (c, IMAGE_LABEL_CHARS))


def check_image_name(name):
    """Raise Refused unless the image endpoint takes this file name."""
    from .refusal import check_text

    check_text("image_name", name, "image_name", MAX_IMAGE_NAME)
