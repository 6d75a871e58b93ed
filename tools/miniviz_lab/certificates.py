"""Certificates made on the spot: a server's good one, and each wrong one that a board can meet."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Kind = Literal["good", "expired", "not_yet_valid", "wrong_host", "unknown_issuer", "self_signed"]
KINDS: tuple[Kind, ...] = (
    "good",
    "expired",
    "not_yet_valid",
    "wrong_host",
    "unknown_issuer",
    "self_signed",
)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """A root, an intermediate below it, and what they issue for `host`; RSA or P-256."""

    key: Literal["rsa", "p256"] = "p256"
    host: str = "localhost"

    @cached_property
    def _root(self) -> trustme.CA:
        return trustme.CA(key_type=self._type)

    @property
    def _type(self) -> trustme.KeyType:
        return trustme.KeyType.RSA if self.key == "rsa" else trustme.KeyType.ECDSA

    @cached_property
    def _intermediate(self) -> trustme.CA:
        return self._root.create_child_ca(key_type=self._type)

    @property
    def pem(self) -> bytes:
        """The root certificate as PEM."""
        return self._root.cert_pem.bytes()

    @property
    def der(self) -> bytes:
        """The root certificate as the board takes it."""
        return ssl.PEM_cert_to_DER_cert(self.pem.decode())

    def context(self, kind: Kind, folder: Path) -> ssl.SSLContext:
        """What a server of that kind shows; key and chain pass through a file in the folder."""
        file = folder / f"{self.key}_{kind}.pem"
        if not file.exists():
            file.write_bytes(self._bundle(kind))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _bundle(self, kind: Kind) -> bytes:
        if kind == "self_signed":
            return _self_signed(self.host)
        now = datetime.now(UTC)
        issuer = trustme.CA(key_type=self._type) if kind == "unknown_issuer" else self._intermediate
        leaf = issuer.issue_cert(
            "elsewhere.example" if kind == "wrong_host" else self.host,
            key_type=self._type,
            not_before=now + 30 * _DAY if kind == "not_yet_valid" else now - 30 * _DAY,
            not_after=now - _DAY if kind == "expired" else now + 60 * _DAY,
        )
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        return leaf.private_key_pem.bytes() + chain


def _self_signed(host: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 30 * _DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)
