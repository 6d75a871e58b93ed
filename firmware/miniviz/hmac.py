"""HMAC-SHA256 (RFC 2104): MicroPython's hashlib has the hash, but not this."""

from hashlib import sha256

_BLOCK = 64


class Hmac:
    """Updated piece by piece, then asked once for its digest."""

    def __init__(self, key):
        if len(key) > _BLOCK:
            key = sha256(key).digest()
        key = key + bytes(_BLOCK - len(key))
        self._inner = sha256(bytes(b ^ 0x36 for b in key))
        self._outer = sha256(bytes(b ^ 0x5C for b in key))

    def update(self, data):
        """More of the message."""
        self._inner.update(data)

    def digest(self):
        """The 32 bytes; the object is used up."""
        self._outer.update(self._inner.digest())
        return self._outer.digest()
