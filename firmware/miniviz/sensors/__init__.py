"""The sensors by name: a type is a module of this package with FIELDS and a class Sensor."""

import sys

TYPES = (
    "adc",
    "dht11",
    "dht22",
    "ds18b20",
    "switch",
    "system",
)  # the built-in ones; any other file counts too


class SensorError(Exception):
    """A reading or a sensor that could not be had: one sentence with the pin and the fix."""


def fields(kind):
    """The table of config fields of this type of sensor."""
    return getattr(_module(kind), "FIELDS", {})


def min_every(kind):
    """The least seconds between two readings."""
    return getattr(_module(kind), "MIN_EVERY", 1)


def pin_use(kind):
    """What the type does with its pin: "io" drives it, "in" reads a level, "adc" a voltage."""
    return getattr(_module(kind), "PIN_USE", "io")


def create(entry):
    """The sensor of a checked config entry."""
    return _module(entry["type"]).Sensor(entry)


def open_pin(entry, *mode):
    """machine.Pin of the entry's pin, or SensorError if this board has none such."""
    import machine

    try:
        return machine.Pin(entry["pin"], *mode)
    except (ValueError, TypeError, OSError) as error:
        raise bad_pin(entry, error)


def bad_pin(entry, error):
    """The SensorError of a pin that cannot do what the sensor needs."""
    return SensorError("%s cannot use pin %s (%s); choose another one" % (entry["type"], entry["pin"], error))


def _module(kind):
    name = __name__ + "." + str(kind)
    if not hasattr(sys.modules.get(name), "Sensor"):
        from .. import find  # once per sensor, at the start

        find.load(__name__, kind, "Sensor", TYPES, SensorError)
    return sys.modules[name]
