"""The air between a station and its access points; what each port makes of it stands in _wlan_*.py."""

import world

IDLE, JOINING, UP, FAILED, LOST = range(5)

state = IDLE
why = None  # of FAILED: "no_ap", "password" or "failed"
ssid = None
_key = None
_due = 0


def begin(name, key):
    """Start to join; the answer comes after world.join_ms."""
    global state, ssid, _key, _due
    state, ssid, _key, _due = JOINING, name, key, world.elapsed_ms() + world.join_ms


def again():
    """Start to join the same network once more."""
    begin(ssid, _key)


def leave():
    """Drop the link, or give up the attempt. Says whether there was one."""
    global state
    had, state = state in (JOINING, UP), IDLE
    return had


def look():
    """Let the link's state follow the world, and return it."""
    global state, why
    if state == JOINING and world.elapsed_ms() >= _due:
        why = _verdict()
        state = FAILED if why else UP
    elif state == UP and not network(ssid):
        state = LOST
    return state


def network(name):
    """The named network if it is on the air now, or None."""
    for one in on_air():
        if one["ssid"] == name:
            return one
    return None


def on_air():
    """The networks that can be heard now."""
    if world.strikes("wifi_gone"):
        return []
    return [one for one in world.networks if not world.strikes("ap_missing", one["ssid"])]


def heard():
    """What a scan finds: (ssid, bssid, channel, rssi, has a password) for each network."""
    return [
        (
            one["ssid"].encode(),
            bytes([2, 0, 0, 0, 0, world.networks.index(one)]),
            one.get("channel", 6),
            one.get("rssi", -60),
            bool(one.get("password")),
        )
        for one in on_air()
    ]


def addresses():
    """ifconfig() of a station whose DHCP answered."""
    return ("192.168.4.20", "255.255.255.0", "192.168.4.1", "192.168.4.1")


def _verdict():
    found = network(ssid)
    if not found:
        return "no_ap"
    if world.strikes("join_fails", ssid):
        return "failed"
    if (found.get("password") or "") != _key or world.strikes("wrong_password", ssid):
        return "password"
    return None
