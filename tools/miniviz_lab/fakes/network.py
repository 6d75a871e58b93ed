"""The module `network` of the port that the world plays."""

import world

if world.port == "rp2":
    from _wlan_rp2 import *  # noqa: F403
else:
    from _wlan_esp32 import *  # noqa: F403
