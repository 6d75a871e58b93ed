"""The ways an alert leaves: Slack, a webhook, email, or any Apprise URL. Addresses are secrets."""

from __future__ import annotations

import ipaddress
import socket
import warnings
from typing import Any, NoReturn
from urllib.parse import urlsplit

from miniviz_server import fence
from miniviz_server.problem import Problem

_SECONDS = 10
# Apprise services that act on this very machine, or read files of it.
_LOCAL = {"dbus", "kde", "qt", "glib", "gnome", "macosx", "windows", "syslog", "file", "fcm", "vapid", "gntp"}
_MAIL = ("mailto", "mailtos")
MASK = "•••"


class NotSent(Exception):
    """One sentence that says why, without the address."""


class Channels:
    """Sends, within what the server's owner allows."""

    def __init__(self, allow_private: bool = False) -> None:
        self._allow_private = allow_private

    def check(self, channel: str, target: str) -> str:
        """The address as it will be stored; raises Problem 422 when it cannot be one."""
        target = target.strip()
        if not target:
            _refuse("The address is empty; paste the URL that alerts go to.")
        if len(target) > 2000 or any(sign.isspace() or not sign.isprintable() for sign in target):
            _refuse("The address holds blanks or is longer than 2000 characters; paste the URL alone.")
        if channel in ("slack", "webhook"):
            self._check_url(target)
        else:
            self._check_apprise(channel, target)
        return target

    def send(self, channel: str, target: str, message: dict[str, Any]) -> None:
        """Sends now; raises NotSent."""
        try:
            with fence.guarded(not self._allow_private):
                if channel == "webhook":
                    _post(target, message)
                elif channel == "slack":
                    _post(target, slack(message))
                else:
                    _apprise(target, message)
        except NotSent:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a library raises, the log gets one sentence
            raise NotSent(_why(error)) from None

    def _check_url(self, target: str) -> None:
        try:
            parts = urlsplit(target)
            host, _port = parts.hostname, parts.port
        except ValueError:
            host, parts = None, None
        if parts is None or parts.scheme not in ("http", "https") or not host:
            _refuse("The address must be a URL that begins with https:// or http://.")
        if not self._allow_private:
            _check_literal(host)

    def _check_apprise(self, channel: str, target: str) -> None:
        scheme = target.partition("://")[0].lower()
        if channel == "email" and scheme not in _MAIL:
            _refuse("Email needs your mail account: mailtos://user:password@host?to=you@example.org.")
        if "://" not in target or scheme in _LOCAL:
            _refuse("This is no Apprise URL that this server may use.")
        if _service(target) is None:
            _refuse(f"Apprise does not understand this {scheme}:// URL; its documentation has the form.")
        if not self._allow_private:
            # Some services keep a token where others keep the host: only what reads as an address is one.
            _check_literal(urlsplit(target).hostname or "")


def mask(target: str) -> str:
    """Enough to tell two addresses apart, not enough to use one."""
    scheme, _, rest = target.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2].partition("?")[0]
    known = scheme in ("http", "https", *_MAIL)
    shown = f"{host}/" if known else ""
    end = target[-4:] if len(target) > 40 and scheme in ("http", "https") else ""
    return f"{scheme}://{shown}{MASK}{end}"


def slack(message: dict[str, Any]) -> dict[str, Any]:
    """The alert as Slack shows it, in the real platform's order."""
    fields = [("Condition", f"`{message['condition']}`"), ("Device", message["label_key"])]
    if message["current_value"] is not None:
        fields.append(("Current Value", str(message["current_value"])))
    sections = [{"type": "mrkdwn", "text": f"*{_plain(name)}*\n{_plain(value)}"} for name, value in fields]
    event = "\n".join(f"{name}: {value}" for name, value in message["event"]["payload"].items())
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": message["title"][:150]}},
        {"type": "section", "fields": sections},
    ]
    if event:
        text = f"*Event Data*\n```{_plain(event)}```"
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": text}})
    return {"text": _plain(message["title"]), "blocks": blocks}


def warm() -> None:
    """Loads what takes long, so that the first alert does not wait for it."""
    _service("json://127.0.0.1")


def _post(target: str, document: dict[str, Any]) -> None:
    import requests

    with requests.Session() as session:
        # A proxy from the environment would resolve the name itself, past the fence.
        session.trust_env = False
        session.max_redirects = 3
        answer = session.post(target, json=document, timeout=_SECONDS, stream=True)
        if answer.history and answer.request.method != "POST":
            raise NotSent("The address redirects in a way that drops the alert; use the final address.")
        if not answer.ok:
            raise NotSent(f"It answered {answer.status_code}.")


def _apprise(target: str, message: dict[str, Any]) -> None:
    service = _service(target)
    if service is None:
        raise NotSent("Apprise does not understand this URL.")
    from apprise import NotifyFormat, NotifyType

    kinds = {"recovered": NotifyType.SUCCESS, "triggered": NotifyType.WARNING}
    # The service itself, because Apprise.notify() hands it to a thread that the fence does not watch.
    sent = service.notify(
        title=message["title"],
        body=message["text"],
        notify_type=kinds.get(message["type"], NotifyType.INFO),
        body_format=NotifyFormat.TEXT,
    )
    if not sent:
        raise NotSent(
            _PRIVATE if fence.refused() else "The service did not take it, or could not be reached."
        )


def _service(target: str) -> Any:
    """The service behind an Apprise URL, or None. Its first use loads for most of a second."""
    with warnings.catch_warnings():
        # Apprise imports a module that Python 3.13 dropped, where there still is one.
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise

    library: Any = apprise.Apprise
    return library.instantiate(target, suppress_exceptions=True)


_PRIVATE = (
    "The address is one of this machine or of a private network; "
    "start the server with --allow-private-webhooks to permit it."
)


def _why(error: BaseException) -> str:
    """What went wrong, from the kind of error alone: its text would show the address."""
    chain: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and len(chain) < 12:
        chain.append(step)
        reason = getattr(step, "reason", None)
        inner = reason if isinstance(reason, BaseException) else step.__cause__ or step.__context__
        step = inner if inner not in chain else None
    for kind, sentence in _SENTENCES:
        if any(isinstance(one, kind) for one in chain):
            return sentence
    names = {type(one).__name__ for one in chain}
    if any("Timeout" in name for name in names):
        return f"No answer within {_SECONDS} seconds."
    return "Its certificate is not valid." if "SSLError" in names else f"It failed ({type(error).__name__})."


_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (fence.PrivateAddress, _PRIVATE),
    (socket.gaierror, "The name in the address is not known."),
    (ConnectionRefusedError, "The connection was refused."),
    (TimeoutError, f"No answer within {_SECONDS} seconds."),
    (ConnectionResetError, "The connection was cut off."),
)


def _check_literal(host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if host.lower() != "localhost" and not host.lower().endswith(".localhost"):
            return
        host = "127.0.0.1"
    try:
        fence.refuse_private(host)
    except fence.PrivateAddress as error:
        _refuse(str(error))


def _plain(text: str) -> str:
    # Slack's own three escapes; without them a label could make a link or call a whole channel.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _refuse(message: str) -> NoReturn:
    raise Problem(422, "wrong_value", message, "target")
