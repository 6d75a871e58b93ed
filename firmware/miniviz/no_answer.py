"""Why a post got no answer, in words that hold no secret; loaded when there is none."""

from . import unload


def words(error, secure, host, sent, free):
    """`sent`: something was written already; `free`: the heap before the handshake."""
    if secure and not sent:
        from . import tls

        why = tls.explain(error, host, free)
        unload("tls")
        return why
    if isinstance(error, MemoryError):
        return "too little memory"
    what = "the connection broke" if sent else "cannot connect to " + host
    return "%s: error %s" % (what, getattr(error, "errno", None))
