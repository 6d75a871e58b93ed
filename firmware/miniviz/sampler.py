"""Reads each sensor at its own period and packs what is due into payloads that the platform accepts."""

import gc

from . import log, port, rules, sensors


class Slot:
    """One sensor of the config: its entry, its driver once it could be made, when it is due."""

    def __init__(self, name, entry, label):
        self.name = name
        self.entry = entry
        self.label = entry["label"] or label
        self.driver = None
        self.due = 0
        self.fits = False  # what was read last fits into one payload
        self.error = None  # the last failure's sentence, None after a good reading

    def read(self):
        """Values under their final names; None after a failure, which is logged once."""
        port.feed()
        try:
            if self.driver is None:
                self.driver = sensors.create(self.entry)
                gc.collect()  # now, and not between the first measurement and its time stamp
            values = self._renamed(self.driver.read())
            self.fits = rules.good(self.label, values)
            if not self.fits:  # perhaps only too many: then each by itself is good
                for key in values:
                    rules.check(self.label, {key: values[key]})
        except Exception as error:  # noqa: BLE001 a third party's driver must not stop the others
            self._fail(error)
            return None
        self._note(getattr(self.driver, "problem", None))  # a part of it, such as one probe of several
        return values

    def _fail(self, error):
        known = isinstance(error, (sensors.SensorError, rules.Refused))
        self._note(str(error) if known else "%s: %s" % (error.__class__.__name__, error))

    def _note(self, words):
        """Say what is new: a fault once, and once that it is over."""
        if words and words != self.error:
            log.warning(self.name, words)
        elif self.error and not words:
            log.info(self.name, "works again")
        self.error = words

    def _renamed(self, values):
        rename = self.entry["rename"]
        if not rename:
            return values.copy()  # the driver may use its dict again
        return {rename.get(key, key): values[key] for key in values}


class Sampler:
    """All sensors of a config."""

    def __init__(self, entries, label):
        self.slots = [Slot("%s[%d]" % (e["type"], i), e, label) for i, e in enumerate(entries)]

    def next_due(self):
        """The uptime in ms at which the next sensor is due."""
        due = self.slots[0].due  # a plain loop: asked in every round, and a generator would be garbage
        for slot in self.slots:
            if slot.due < due:
                due = slot.due
        return due

    def sample(self, uptime_ms):
        """Read the sensors that are due: a list of (label, payload)."""
        now = uptime_ms()
        packed = pack(self.slots, now)
        later = (
            uptime_ms()
        )  # a slow sensor has used up some of its period: the next moment of the grid counts
        for slot in self.slots:
            if slot.due <= now:
                slot.due = _next_on_grid(slot.due, int(slot.entry["every"] * 1000), later)
        return packed

    def failed(self):
        """True if a sensor fails now."""
        for slot in self.slots:
            if slot.error:
                return True
        return False

    def failing(self):
        """The sentences of the sensors that fail now."""
        return ["%s: %s" % (slot.name, slot.error) for slot in self.slots if slot.error]


def pack(slots, now=None):
    """Read the slots that are due (or all) and merge their values by label, within the platform's limits."""
    packed = []
    for slot in slots:
        values = slot.read() if now is None or slot.due <= now else None
        if values and not _merge(packed, slot.label, values):
            if slot.fits:
                packed.append((slot.label, values))
            else:
                packed.extend((slot.label, payload) for payload in _split(slot.label, values))
    return packed


def _merge(packed, label, values):
    """Put the values into the label's last payload if they fit there whole."""
    for i in range(len(packed) - 1, -1, -1):
        if packed[i][0] == label:
            both = dict(packed[i][1])
            both.update(values)
            if len(both) == len(packed[i][1]) + len(values) and rules.good(label, both):
                packed[i] = (label, both)
                return True
            return False
    return False


def _split(label, values):
    payloads = [{}]
    for key in values:
        grown = dict(payloads[-1])
        grown[key] = values[key]
        if payloads[-1] and not rules.good(label, grown):
            payloads.append({key: values[key]})
        else:
            payloads[-1] = grown
    return payloads


def _next_on_grid(due, every, now):
    """The next multiple of `every` after now: a late round does not shift the later ones."""
    return due + ((now - due) // every + 1) * every
