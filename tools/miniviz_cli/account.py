"""Are project and token right? Asked of the platform with a request that can store nothing."""

import requests

from .errors import UserError

_TIMEOUT = 15
_JUDGED = (400, 413, 415, 422)


def check(url: str, project: str, token: str, auth: str) -> None:
    """Return if the platform knows them; the empty event is refused only after project and token were."""
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
        )
    except requests.exceptions.SSLError:
        raise UserError(f"the certificate of {url} is not to be trusted; is miniviz.url right?") from None
    except requests.RequestException:
        raise UserError(
            f"cannot reach {url} from this computer to test project and token; "
            "mend the network, or write without a test: --no-test"
        ) from None
    _judge(answer.status_code, url, project)


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
