"""CPython's half of port.py; no board loads it. What each function is for stands there."""

import select

_turned = None  # OpenSSL may have to read before it can write, and says so by an exception


def tls_wrap(context, sock, host):
    """Without the handshake, which the first write does."""
    return context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)


def tls_trust_all(context):
    """CPython insists on this order."""
    context.check_hostname = False
    context.verify_mode = 0


def poller(sock):
    """Nothing to prepare for select()."""


def wait(poll, sock, writing, ms):
    """By select() and not by poll(), which Windows lacks."""
    global _turned
    writing, _turned = writing if _turned is None else _turned, None
    found = select.select(() if writing else (sock,), (sock,) if writing else (), (), ms / 1000)
    return bool(found[0] or found[1])


def read_some(sock, view):
    """CPython raises where MicroPython returns None."""
    return _try(sock.recv_into, view)


def write_some(sock, data):
    """The same."""
    return _try(sock.send, data)


def unpack(path):
    """An archive's files in a folder beside it, anew with every start."""
    import shutil
    from pathlib import Path

    from . import archive

    folder = Path(path).with_suffix("")
    shutil.rmtree(folder, ignore_errors=True)
    data = Path(path).read_bytes()
    for _, name, offset, size in archive.entries(path):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data[offset : offset + size])
    return str(folder)


def _try(call, data):
    global _turned
    try:
        return call(data)
    except BlockingIOError:
        return None
    except OSError as error:
        wants = {"SSLWantReadError": False, "SSLWantWriteError": True}
        if error.__class__.__name__ not in wants:
            raise
        _turned = wants[error.__class__.__name__]
        return None
