"""What the image endpoint takes as label and file name; the label is checked once, with the config."""

from . import image_rules
from .refusal import check_text
from .rules import Refused


def check_image_label(label):
    """Raise Refused unless the image endpoint takes this label."""
    check_text("label", label, "label_key", image_rules.MAX_IMAGE_LABEL)
    for c in label:
        if not ("a" <= c <= "z" or "A" <= c <= "Z" or "0" <= c <= "9" or c in image_rules.IMAGE_LABEL_CHARS):
            message = "label_key of an image has '%s'; use A-Z, a-z, 0-9 and %s"
            raise Refused("label", None, message % (c, image_rules.IMAGE_LABEL_CHARS))


def check_image_name(name):
    """Raise Refused unless the image endpoint takes this file name."""
    check_text("image_name", name, "image_name", image_rules.MAX_IMAGE_NAME)
