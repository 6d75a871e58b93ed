"""The root certificate behind a server's certificate: the one file that the board checks it against."""

import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import certifi

from .errors import UserError

_SECONDS = 15.0
_OPTION = "give the root certificate with --ca FILE"


def root_for(url: str, roots: Path | None = None) -> bytes:
    """The root, as DER, by verifying the server now against certifi's roots (or those of a PEM file)."""
    place = urlsplit(url)
    host, port = place.hostname or "", place.port or 443
    context = ssl.create_default_context(cafile=str(roots or certifi.where()))
    try:
        root = _chain(host, port, context)[-1]
        # Once more with nothing but this root, as the board will.
        _chain(host, port, ssl.create_default_context(cadata=root))
    except ssl.SSLCertVerificationError as error:
        raise UserError(
            f"{host} shows a certificate that this computer does not trust ({error.verify_message}); "
            f"if the server is your own, {_OPTION}"
        ) from None
    except OSError as error:
        raise UserError(
            f"cannot reach {host}:{port} to find its root certificate ({error}); {_OPTION}"
        ) from None
    return root


def from_file(file: Path) -> bytes:
    """A private authority's root as DER, from a PEM or DER file."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}", 2) from None
    try:
        if b"-----BEGIN CERTIFICATE-----" in data:
            begin = data.index(b"-----BEGIN CERTIFICATE-----")
            end = data.index(b"-----END CERTIFICATE-----") + len(b"-----END CERTIFICATE-----")
            data = ssl.PEM_cert_to_DER_cert(data[begin:end].decode())
        ssl.create_default_context(cadata=data)
    except (ValueError, ssl.SSLError):
        raise UserError(f"{file} is no certificate, neither PEM nor DER", 2) from None
    return data


def needed(config: Mapping[str, object]) -> str | None:
    """The url for which the board needs a root, or None: no TLS, no checks wanted, or not even a url."""
    settings = config.get("miniviz")
    if not isinstance(settings, dict):
        return None
    known = cast("dict[str, object]", settings)
    url = known.get("url", "https://api.miniviz.net")
    if not isinstance(url, str) or not url.startswith("https://") or known.get("insecure") is True:
        return None
    return None if config.get("transport") == "urequests" else url


def _chain(host: str, port: int, context: ssl.SSLContext) -> list[bytes]:
    """The verified chain, the server's own certificate first, as DER."""
    with (
        socket.create_connection((host, port), _SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as tls,
    ):
        stream: Any = tls
        if hasattr(stream, "get_verified_chain"):  # Python 3.13
            return list(stream.get_verified_chain())
        # The same since 3.10, by the name it had before it was made public; its items know their PEM.
        return [ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in stream._sslobj.get_verified_chain()]
