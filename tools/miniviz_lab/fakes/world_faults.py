"""What goes wrong in the world, when, and how often."""

import world_time

KINDS = (
    "dht_absent",  # no answer on the wire
    "dht_checksum",  # one bit arrives wrong
    "ds18b20_absent",
    "ds18b20_crc",
    "camera_absent",  # it does not answer
    "camera_stuck",  # a picture never gets done
    "camera_length",  # it says 8,390,520 bytes
    "camera_dummy",  # a byte before the picture
    "camera_cut",  # zeros from the middle on
    "camera_noise",  # bits of the data wire stick high for a while, in the middle of the picture
    "camera_endless",  # the end marker never comes
    "camera_unplugged",  # in the middle of a picture, and from then on
    "radio_memory",  # an esp32's WiFi driver finds no memory to start with
    "wifi_gone",  # every access point is off the air
    "ap_missing",  # the one named by ssid is
    "wrong_password",  # the access point refuses the right one
    "join_fails",  # the association fails for no reason given
)

_faults = []


def reset():
    """Nothing goes wrong."""
    del _faults[:]


def add(fault, pin=None, ssid=None, start=0, end=None, count=None):
    """Script one fault; seconds count from the beginning of the world."""
    if fault not in KINDS:
        raise ValueError("no fault is called '%s'; there are %s" % (fault, ", ".join(KINDS)))
    _faults.append([fault, pin if pin is not None else ssid, start, end, count])


def remove(kind):
    """This fault is over: what was unplugged is plugged in again."""
    _faults[:] = [one for one in _faults if one[0] != kind]


def strikes(kind, where=None):
    """Does this fault act now? Asking uses up one of its occasions."""
    now = world_time.elapsed_ms() / 1000
    for one in _faults:
        name, place, start, end, count = one
        if name != kind or (place is not None and place != where):
            continue
        if now < start or (end is not None and now >= end) or count == 0:
            continue
        if count is not None:
            one[4] = count - 1
        return True
    return False
