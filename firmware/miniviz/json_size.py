"""The bytes of a payload's JSON; loaded only for a large one."""

from .rules import text_size


def size(payload):
    """Bytes of json.dumps(payload) as CPython writes it; payload must hold nothing but str, int, float."""
    total = 2 * max(1, len(payload))  # {} and a ", " between the entries
    for key in payload:
        total += text_size(key) + 2 + value_size(payload[key])
    return total


def value_size(value):
    """Bytes of one value."""
    if type(value) is str:
        return text_size(value)
    if type(value) is float:
        return _float_size(value, str(value))
    sign = 1 if value < 0 else 0
    value = abs(value)
    part = 600
    while value >= 10**part:  # in parts: CPython refuses to write an int of more than 4,300 digits
        value //= 10**part
        sign += part
    return sign + len(str(value))


def _float_size(value, text):
    """Bytes of a float as CPython writes it: the shortest text that means it. text is this runtime's own."""
    digits, point = _parse(text)
    # A text of up to 15 digits is the shortest: no two of them mean the same number. Longer ones and those
    # of the very smallest numbers need not be on MicroPython, and only 64-bit floats have such texts.
    if value and (digits > 15 or abs(value) < 1e-290):
        from .double import shortest

        digits, point = shortest(abs(value), point)
    sign = 1 if text[0] == "-" else 0
    if -4 < point <= 16:
        return sign + digits + 1 + (1 - point if point <= 0 else point - digits + 1 if point >= digits else 0)
    return sign + digits + (1 if digits > 1 else 0) + (5 if abs(point - 1) > 99 else 4)


def _parse(text):
    """Count of a number's digits and the place of its point after the first of them."""
    text, _, exponent = text.lstrip("-").partition("e")
    whole, _, fraction = text.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)
    return (len(digits.rstrip("0")), point) if digits else (1, 1)
