"""The root certificate for the board: found by verifying the server, or taken from a file."""

import json
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import miniviz, one_sentence
from miniviz_cli import ca
from miniviz_cli.errors import UserError
from miniviz_lab import micropython
from miniviz_lab.certificates import KINDS, Authority
from miniviz_lab.fault_proxy import FaultProxy
from miniviz_lab.faults import Fault
from miniviz_lab.ntp import NtpServer


@pytest.fixture(scope="module")
def tls(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Authority, Path, dict[str, ssl.SSLContext]]]:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority()
    (folder / "root.pem").write_bytes(b"a comment before it\n" + authority.pem)
    (folder / "root.der").write_bytes(authority.der)
    # The right root among strangers, as in certifi's file.
    strangers = b"".join(Authority(key).pem for key in ("rsa", "p256"))
    (folder / "roots.pem").write_bytes(strangers + authority.pem + strangers)
    yield authority, folder, {kind: authority.context(kind, folder) for kind in KINDS}


def test_the_root_is_found_behind_the_intermediate(tls: Any) -> None:
    authority, folder, contexts = tls
    with FaultProxy(contexts=contexts) as proxy:
        assert ca.root_for(proxy.url, folder / "roots.pem") == authority.der


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "good"])
def test_a_wrong_certificate_is_not_trusted_on_first_use(tls: Any, kind: str) -> None:
    _, folder, contexts = tls
    with FaultProxy(faults=[Fault(kind)], contexts=contexts) as proxy, pytest.raises(UserError) as refused:
        ca.root_for(proxy.url, folder / "roots.pem")
    assert "localhost shows a certificate that this computer does not trust" in str(refused.value)
    assert "--ca FILE" in str(refused.value)


def test_a_server_out_of_reach_is_one_sentence() -> None:
    with pytest.raises(UserError, match=r"cannot reach 127\.0\.0\.1:9 to find its root certificate"):
        ca.root_for("https://127.0.0.1:9")


def test_a_file_may_be_pem_or_der(tls: Any) -> None:
    authority, folder, _ = tls
    assert ca.from_file(folder / "root.pem") == ca.from_file(folder / "root.der") == authority.der
    (folder / "nonsense").write_bytes(b"-----BEGIN CERTIFICATE-----")
    for name, words in (("nonsense", "is no certificate"), ("missing", "cannot read")):
        with pytest.raises(UserError, match=words):
            ca.from_file(folder / name)


def test_only_a_config_with_tls_needs_one() -> None:
    there: dict[str, object] = {"url": "https://a.example"}
    assert ca.needed({"miniviz": there}) == "https://a.example"
    assert ca.needed({"miniviz": {}}) == "https://api.miniviz.net"
    none: list[dict[str, object]] = [
        {"miniviz": {"url": "http://a.example"}},
        {"miniviz": {**there, "insecure": True}},
        {"miniviz": there, "transport": "urequests"},
        {"miniviz": {"url": 3}},
        {},
    ]
    assert [ca.needed(config) for config in none] == [None] * 5


def settings(proxy: FaultProxy, ntp: NtpServer, **more: object) -> dict[str, object]:
    return {
        "board": "pico_w",
        "wifi": [{"ssid": "home", "password": "correct horse"}],
        "miniviz": {"url": proxy.url, "project": "p", "token": "secret-token", "label": "shed", **more},
        "ntp": [ntp.host],
        "sensors": [{"type": "dht22", "pin": 15, "every": 2}],
        "send_every": 1,
    }


def simulate(folder: Path, config: dict[str, object], *more: object) -> Any:
    file = folder / "mine.json"
    file.write_text(json.dumps(config))
    return miniviz("simulate", "--config", file, "--for", 8, *more, timeout=120)


def delivered(printed: str) -> int:
    found = re.search(r"stopped: taken \d+, delivered (\d+)", printed)
    return int(found[1]) if found else -1


def test_simulated_readings_reach_a_server_with_a_private_root(tls: Any, tmp_path: Path) -> None:
    micropython.for_test()
    _, folder, contexts = tls
    with FaultProxy(contexts=contexts) as proxy, NtpServer() as ntp:
        config = settings(proxy, ntp)
        done = simulate(tmp_path, config, "--ca", folder / "root.pem", "--folder", tmp_path / "board")
        assert done.returncode == 0 and delivered(done.stdout) >= 2, done.stdout + done.stderr
        assert "tls: " not in done.stdout
        refused = simulate(tmp_path, config)
        assert delivered(refused.stdout) == 0
        assert "this computer does not trust" in refused.stderr
        assert "ca.der, the server's root certificate, is missing" in refused.stdout
        trusting = simulate(tmp_path, settings(proxy, ntp, insecure=True))
        assert 'W tls: with "insecure" in config.json no certificate is checked' in trusting.stdout
        assert delivered(trusting.stdout) >= 2


def test_configure_puts_the_root_on_the_board(tls: Any, tmp_path: Path) -> None:
    micropython.for_test()
    virtual_board = pytest.importorskip("miniviz_lab.virtual_board")
    authority, folder, contexts = tls
    board = tmp_path / "board"
    board.mkdir()
    with FaultProxy(contexts=contexts) as proxy, virtual_board.VirtualBoard(board) as there:
        flags = ("--board", "pico_w", "--ssid", "home", "--project", "p", "--token", "secret-token")
        flags += ("--url", proxy.url, "--sensor", "system")
        reach = ("configure", "--port", there.port, "--no-ask")
        command = (*reach, *flags)
        refused = miniviz(*command)
        assert "this computer does not trust" in one_sentence(refused)
        assert list(board.iterdir()) == []
        done = miniviz(*command, "--no-test", "--ca", folder / "root.pem")
        assert done.returncode == 0, done.stdout + done.stderr
        assert (board / "ca.der").read_bytes() == authority.der
        assert sorted(path.name for path in board.iterdir()) == ["ca.der", "config.json"]
        # The same server again: the certificate that is there stays.
        again = miniviz(*reach, "--set", "miniviz.label=new", "--no-test")
        assert again.returncode == 0 and "looking for" not in again.stdout, again.stdout + again.stderr
        assert (board / "ca.der").read_bytes() == authority.der


def test_deploy_puts_the_root_on_the_board(tls: Any, tmp_path: Path) -> None:
    micropython.for_test()
    virtual_board = pytest.importorskip("miniviz_lab.virtual_board")
    authority, folder, contexts = tls
    board = tmp_path / "board"
    board.mkdir()
    with (
        FaultProxy(contexts=contexts) as proxy,
        NtpServer() as ntp,
        virtual_board.VirtualBoard(board) as there,
    ):
        config = tmp_path / "mine.json"
        config.write_text(json.dumps(settings(proxy, ntp)))
        command = ("deploy", "--port", there.port, "--config", config, "--no-start")
        refused = miniviz(*command)
        assert "this computer does not trust" in one_sentence(refused)
        assert list(board.iterdir()) == []
        done = miniviz(*command, "--ca", folder / "root.pem", timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        assert (board / "ca.der").read_bytes() == authority.der
        assert "ca.der" in json.loads((board / "deployed.json").read_text())["files"]
