"""A version from the air as its file holds it, read by other code than the board's."""

from pathlib import Path


def files(archive: Path) -> dict[str, bytes]:
    """Every file of it by its name."""
    found: dict[str, bytes] = {}
    rest = archive.read_bytes()
    while rest:
        line, _, rest = rest.partition(b"\n")
        name, _, size = line.decode().rpartition(" ")
        assert len(rest) >= int(size), f"{archive} ends within {name}"
        found[name], rest = rest[: int(size)], rest[int(size) :]
    return found


def made(found: dict[str, bytes]) -> bytes:
    """Such a file."""
    return b"".join(b"%s %d\n" % (name.encode(), len(data)) + data for name, data in found.items())


def write(archive: Path, found: dict[str, bytes]) -> None:
    """It in its place."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(made(found))
