"""Checks an object against a table of fields: name -> (kind, default, limits...); `...` means required."""

from .nearest import nearest

_SECRET = ("token", "password", "key")  # fields whose value is never shown


class ConfigError(Exception):
    """One sentence: the field's path, what was found, what is allowed."""


def fail(path, found, allowed):
    """Raise the ConfigError of a value that is not allowed."""
    raise ConfigError("config.json: %s is %s; allowed: %s" % (path, _show(path, found), allowed))


def check_fields(path, raw, table, board):
    """A new dict with every field of the table checked and defaults filled in; board names the pins."""
    if not isinstance(raw, dict):
        fail(path or "the file", raw, "an object with " + _names(table))
    for key in raw:
        if key not in table:
            _unknown(_join(path, key), key, table)
    return {key: _field(_join(path, key), raw, key, table[key], board) for key in table}


def _field(path, raw, key, spec, board):
    kind, default = spec[:2]
    if key in raw and not (raw[key] is None and default is None):
        return _KINDS[kind](path, raw[key], spec[2:], board)
    if default is ...:
        raise ConfigError("config.json: %s is missing; it is required, %s" % (path, _WANTED[kind]))
    return default


def _unknown(path, key, table):
    guess = nearest(key, list(table))
    hint = "did you mean '%s'?" % guess if guess else "known here: " + _names(table)
    raise ConfigError("config.json: %s is not a setting; %s" % (path, hint))


def _join(path, key):
    return path + "." + key if path else key


def _names(table):
    return ", ".join(sorted(table))


def _show(path, value):
    if isinstance(value, (dict, list)):
        return "%s of %d" % ("an object" if isinstance(value, dict) else "a list", len(value))
    if path.rsplit(".", 1)[-1] in _SECRET:
        return "%d characters (not shown)" % len(value) if isinstance(value, str) else "no text (not shown)"
    if isinstance(value, str):
        return '"%s"' % value.split("?")[0][:60]  # a URL's query may hold the token
    for word, constant in (("null", None), ("true", True), ("false", False)):
        if value is constant:
            return word
    return str(value)


def _number(path, value, limits, board):
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        fail(path, value, "a number from %s to %s" % (low, high))
    return value


def _int(path, value, limits, board):
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        fail(path, value, "a whole number from %s to %s" % (low, high))
    return value


def _str(path, value, limits, board):
    low, high = limits
    if not isinstance(value, str) or not low <= len(value) <= high:
        fail(path, value, "a text of %d to %d characters" % (low, high))
    return value


def _bool(path, value, limits, board):
    if value is not True and value is not False:
        fail(path, value, "true or false")
    return value


def _choice(path, value, limits, board):
    for choice in limits[0]:
        if type(choice) is type(value) and choice == value:
            return value
    guess = nearest(value, [c for c in limits[0] if isinstance(c, str)]) if isinstance(value, str) else None
    allowed = ", ".join(str(choice) for choice in limits[0])
    return fail(path, value, allowed + ("; did you mean '%s'?" % guess if guess else ""))


def _list(path, value, limits, board):
    low, high = limits
    if not isinstance(value, list) or not low <= len(value) <= high:
        fail(path, value, "a list of %d to %d" % (low, high))
    return value


def _object(path, value, limits, board):
    if not isinstance(value, dict):
        fail(path, value, "an object")
    return value


def _map(path, value, limits, board):
    if not isinstance(value, dict):
        fail(path, value, 'an object such as {"temperature": "temp_c"}')
    for key in value:
        _str(_join(path, key), value[key], (1, 100), board)
    return value


def _pin(path, value, limits, board):
    """A GPIO number that the board has and that can do what the sensor needs: "io", "in" or "adc"."""
    use = limits[0] if limits else "io"
    pins = board.get("adc_pins" if use == "adc" else "pins") or ()
    if use == "io":
        pins = [pin for pin in pins if pin not in board.get("input_only", ())]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0 or (pins and value not in pins):
        what = {"io": "a GPIO number", "in": "a GPIO number", "adc": "an ADC pin"}[use]
        fail(path, value, what + (" of %s: %s" % (board["board"], _ranges(pins)) if pins else ""))
    return value


def _ranges(numbers):
    """[0, 1, 2, 5] as "0-2, 5"."""
    runs = []
    for n in sorted(numbers):
        if runs and runs[-1][1] == n - 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return ", ".join(str(a) if a == b else "%d-%d" % (a, b) for a, b in runs)


_KINDS = {
    "number": _number,
    "int": _int,
    "str": _str,
    "bool": _bool,
    "choice": _choice,
    "list": _list,
    "object": _object,
    "map": _map,
    "pin": _pin,
}
_WANTED = {
    "number": "a number",
    "int": "a whole number",
    "str": "a text",
    "bool": "true or false",
    "choice": "one of its allowed words",
    "list": "a list",
    "object": "an object",
    "map": "an object",
    "pin": "a GPIO number",
}
