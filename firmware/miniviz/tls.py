"""TLS that checks the server: one root certificate, and failures in words that name the fix."""

from . import port
from .port import const
from .wire import Failure

_NEEDED = const(40960)  # bytes of heap for a handshake where TLS takes its memory from there (rp2)
_UNSET = const(2025)  # a clock before this year was never set


def context(path, insecure):
    """What a connection is checked against: the DER certificate in the file, or with `insecure` nothing."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if insecure:
        port.tls_trust_all(context)
        return context
    context.verify_mode = ssl.CERT_REQUIRED  # said always: not every port's default checks anything
    try:
        with open(path, "rb") as file:
            root = file.read()
    except OSError:
        raise Failure(path + ", the server's root certificate, is missing; `miniviz deploy` puts it there")
    try:
        context.load_verify_locations(cadata=root)
    except (OSError, ValueError):
        raise Failure(path + " is no certificate in DER form; `miniviz deploy` writes a good one")
    return context


def explain(error, host, free):
    """Why the handshake failed; `free` is the heap before it."""
    text = str(error).lower()
    starved = port.tls_on_heap and free < _NEEDED
    if isinstance(error, MemoryError) or "alloc" in text or "enomem" in text:
        return _memory(free)
    if "future" in text or "not yet valid" in text:
        year = port.year()
        if year < _UNSET:
            return "the clock is not set (it says %d), so no certificate can be checked" % year
        return "the certificate of %s is not valid yet; is this clock right? It says %d" % (host, year)
    if "expired" in text:
        return "the certificate of %s has expired (the clock says %d)" % (host, port.year())
    if "not match" in text or "mismatch" in text:
        return "the certificate is not for %s: wrong url, or somebody in between" % host
    if "not correctly signed" in text or "verify failed" in text:
        # An allocation that fails inside the check reads as a wrong root.
        if starved:
            return _memory(free)
        return "nobody that ca.der knows vouches for the certificate of %s; deploy again, or give --ca" % host
    return "no TLS connection to %s: error %s" % (host, getattr(error, "errno", None))


def _memory(free):
    return "too little memory for TLS: %d KB free, about 40 needed" % ((free or port.mem_free() or 0) // 1024)
