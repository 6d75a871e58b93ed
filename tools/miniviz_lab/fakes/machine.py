"""The module `machine` of the port that the world plays."""

import world

if world.port == "rp2":
    from _machine_rp2 import *  # noqa: F403
else:
    from _machine_esp32 import *  # noqa: F403
