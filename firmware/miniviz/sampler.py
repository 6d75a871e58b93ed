"""Reads each sensor at its own period and packs what is due into payloads that the platform accepts."""

from . import log, port, rules, sensors


class Slot:
    """One sensor of the config: its entry, its driver once it could be made, when it is due."""

    def __init__(self, name, entry, label):
        self.name = name
        self.entry = entry
        self.label = entry["label"] or label
        self.driver = None
        self.due = 0
        self.error = None  # the last failure's sentence, None after a good reading

    def read(self):
        """Values under their final names; None after a failure, which is logged once."""
        port.feed()
        try:
            if self.driver is None:
                self.driver = sensors.create(self.entry)
            values = self._renamed(self.driver.read())
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
        return {rename.get(key, key): values[key] for key in values}


class Sampler:
    """All sensors of a config."""

    def __init__(self, entries, label):
        self.slots = [Slot("%s[%d]" % (e["type"], i), e, label) for i, e in enumerate(entries)]

    def next_due(self):
        """The uptime in ms at which the next sensor is due."""
        return min(slot.due for slot in self.slots)

    def sample(self, uptime_ms):
        """Read the sensors that are due: a list of (label, payload)."""
        now = uptime_ms()
        due = [slot for slot in self.slots if slot.due <= now]
        packed = pack(due)
        now = uptime_ms()  # a slow sensor has used up some of its period: the next moment of the grid counts
        for slot in due:
            slot.due = _next_on_grid(slot.due, int(slot.entry["every"] * 1000), now)
        return packed

    def failing(self):
        """The sentences of the sensors that fail now."""
        return ["%s: %s" % (slot.name, slot.error) for slot in self.slots if slot.error]


def pack(slots):
    """Read the slots and merge their values by label, within the platform's limits."""
    packed = []
    for slot in slots:
        values = slot.read()
        if values and not _merge(packed, slot.label, values):
            packed.extend((slot.label, payload) for payload in _split(slot.label, values))
    return packed


def _merge(packed, label, values):
    """Put the values into the label's last payload if they fit there whole."""
    for i in range(len(packed) - 1, -1, -1):
        if packed[i][0] == label:
            both = dict(packed[i][1])
            both.update(values)
            if len(both) == len(packed[i][1]) + len(values) and _fits(label, both):
                packed[i] = (label, both)
                return True
            return False
    return False


def _split(label, values):
    payloads = [{}]
    for key in values:
        grown = dict(payloads[-1])
        grown[key] = values[key]
        if payloads[-1] and not _fits(label, grown):
            payloads.append({key: values[key]})
        else:
            payloads[-1] = grown
    return payloads


def _fits(label, payload):
    try:
        rules.check(label, payload)
    except rules.Refused:
        return False
    return True


def _next_on_grid(due, every, now):
    """The next multiple of `every` after now: a late round does not shift the later ones."""
    return due + ((now - due) // every + 1) * every
