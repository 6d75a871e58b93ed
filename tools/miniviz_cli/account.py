"""Are project and token right? Asked of the platform with a request that can store nothing."""

import ssl
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import requests

from .errors import UserError

_TIMEOUT = 15
_JUDGED = (400, 413, 415, 422)


def check(url: str, project: str, token: str, auth: str, root: bytes | None = None) -> None:
    """Return if the platform knows them; the empty event is refused only after project and token were."""
    with _trusted(root) as trust:
        _judge(_asked(url, project, token, auth, trust), url, project)


@contextmanager
def _trusted(root: bytes | None) -> Generator[str | bool]:
    """What requests checks the server against: its own roots, or one (DER) of the user's."""
    if root is None:
        yield True
        return
    with tempfile.TemporaryDirectory(prefix="miniviz-") as folder:
        file = Path(folder) / "root.pem"
        file.write_text(ssl.DER_cert_to_PEM_cert(root), encoding="ascii")
        yield str(file)


def _asked(url: str, project: str, token: str, auth: str, trust: str | bool) -> int:
    address = f"{url.rstrip('/')}/api/project/{project}"
    bearer = auth == "bearer"
    try:
        answer = requests.post(
            address,
            params=None if bearer else {"token": token},
            headers={"Authorization": f"Bearer {token}"} if bearer else None,
            json={},
            timeout=_TIMEOUT,
            allow_redirects=False,
            verify=trust,
        )
    except requests.exceptions.SSLError:
        raise UserError(f"the certificate of {url} is not to be trusted; is miniviz.url right?") from None
    except requests.RequestException:
        raise UserError(
            f"cannot reach {url} from this computer to test project and token; "
            "mend the network, or write without a test: --no-test"
        ) from None
    return answer.status_code


def _judge(status: int, url: str, project: str) -> None:
    if status in _JUDGED:
        return
    if status in (401, 403):
        raise UserError(f"{url} refuses the token ({status}); copy it again from the project's page")
    if status == 404:
        raise UserError(f"{url} knows no project {project} (404); copy its id again from the project's page")
    raise UserError(
        f"{url} answered {status}, which says nothing about project and token; "
        "try again later, or write without a test: --no-test"
    )
