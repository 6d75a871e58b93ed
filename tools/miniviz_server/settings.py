"""How this server was started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from miniviz_server.firmware import Offer

ImageLimit = Literal["after", "before"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line chooses."""

    # The front door leads to the demo project at once, without a word about accounts.
    front_demo: bool = True
    # Refuse data that comes faster than the plan allows.
    strict_pace: bool = False
    # Open /_lab/..., where a test chooses faults and empties the database.
    lab: bool = False
    # Whether the 200 KB of an image count after base64 (the guide) or before (the vendor's newer pages).
    image_limit: ImageLimit = "after"
    # Rules may alert addresses of this machine and of private networks.
    allow_private_webhooks: bool = False
    # Events that are older are deleted; without it they stay.
    keep_days: float | None = None
    # What boards get that update over the air.
    firmware: Offer | None = None
