"""What a browser sends of a form, and what it may be shown: every character survives both ways."""

_HEX = "0123456789abcdef"


def fields(data, known):
    """The known fields of an application/x-www-form-urlencoded body; ValueError for what is none."""
    found = {}
    for pair in bytes(data).split(b"&"):
        name, _, value = pair.partition(b"=")
        name = _text(name)
        if name in known:
            found[name] = _text(value)
    return found


def escape(text):
    """Text as it may stand in HTML and in an attribute between double quotes."""
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(character, entity)
    return text


def printable(text):
    """True if it is a line of text: no control characters, no halves of one, which MicroPython decodes."""
    return all(c >= " " and c != "\x7f" and not 0xD800 <= ord(c) < 0xE000 for c in text)


def _text(raw):
    parts = raw.replace(b"+", b" ").split(b"%")
    out = bytearray(parts[0])
    for part in parts[1:]:
        high, low = (_HEX.find(chr(byte)) for byte in (part[:2] + b"??").lower()[:2])
        if high < 0 or low < 0:
            raise ValueError("a % without two hex digits")
        out.append(high << 4 | low)
        out.extend(part[2:])
    text = bytes(out).decode()
    if not printable(text):
        raise ValueError("a control character")
    return text
