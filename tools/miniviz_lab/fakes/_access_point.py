"""The access point that the board itself opens; what each port makes of it stands in _wlan_*.py.

`world.state["access_point"]` is what phones see of it: None, or its ssid, key, security and channel.
A test puts who has joined it into `world.state["ap_stations"]`, a list of MAC addresses.
"""

import world


def settings():
    """What config() has set so far; a port's defaults come with its first call."""
    return world.state.setdefault("ap_settings", {})


def active():
    """Is the interface on?"""
    return world.state.get("ap_active", False)


def switch(on):
    """Turn the interface on or off; it is on the air once it shows something."""
    world.state["ap_active"] = bool(on)
    if not on:
        world.state["access_point"] = None


def show(**shown):
    """Be on the air with these settings."""
    world.state["access_point"] = shown


def stations():
    """status("stations"): a tuple for each, whose first item is the MAC address."""
    return [(mac,) for mac in world.state.get("ap_stations", [])] if active() else []


def addresses(dns):
    """ifconfig() of the interface; the ports differ in the name server."""
    if not active():
        return ("0.0.0.0",) * 4
    return ("192.168.4.1", "255.255.255.0", "192.168.4.1", dns)
