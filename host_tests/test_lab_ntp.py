"""The time server is right to the millisecond, and wrong exactly as asked."""

import socket
import struct
import time

import pytest
from miniviz_lab.ntp import Fault, NtpServer

ORIGIN = bytes(range(1, 9))


def ask(server: NtpServer, timeout: float = 1) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(timeout)
        asker.connect(("127.0.0.1", server.port))
        asker.send(b"\x23" + bytes(39) + ORIGIN)
        return asker.recv(100)


def unix_ms(packet: bytes, place: int = 40) -> float:
    seconds, fraction = struct.unpack_from("!II", packet, place)
    return (seconds - 2208988800 + fraction / 2**32) * 1000


def test_a_good_answer_has_the_time_with_its_fraction() -> None:
    with NtpServer() as server:
        before = time.time() * 1000
        answer = ask(server)
        after = time.time() * 1000
        assert server.host == f"127.0.0.1:{server.port}"
        assert server.count == 1
    assert len(answer) == 48
    assert answer[:2] == bytes([0x24, 2])
    assert answer[24:32] == ORIGIN
    assert before - 1 <= unix_ms(answer) <= after + 1


def test_offset_and_one_sided_delay() -> None:
    with NtpServer(offset_ms=-90_500, response_delay_ms=80) as server:
        before = time.time() * 1000
        answer = ask(server)
        took = time.time() * 1000 - before
    assert took >= 80
    assert unix_ms(answer) == pytest.approx(before - 90_500, abs=60)
    with NtpServer(request_delay_ms=80) as server:
        before = time.time() * 1000
        assert unix_ms(ask(server), 32) >= before + 79


def test_scripted_times_serve_a_virtual_board() -> None:
    with NtpServer(times=[1_800_000_000_250, 1_800_000_060_250]) as server:
        answers = [round(unix_ms(ask(server))) for _ in range(3)]
    assert answers == [1_800_000_000_250, 1_800_000_060_250, 1_800_000_060_250]


@pytest.mark.parametrize("fault", ["silent", "other_port"])
def test_an_answer_that_does_not_come_from_the_asked(fault: Fault) -> None:
    with NtpServer(fault=fault) as server, pytest.raises(TimeoutError):
        ask(server, timeout=0.3)


@pytest.mark.parametrize(
    ("fault", "place", "value"),
    [
        ("unsynchronised", slice(0, 1), b"\xe4"),
        ("kiss_of_death", slice(1, 2), b"\0"),
        ("kiss_of_death", slice(12, 16), b"RATE"),
        ("stratum16", slice(1, 2), b"\x10"),
        ("wrong_origin", slice(24, 32), bytes(8)),
        ("no_time", slice(40, 48), bytes(8)),
        ("short", slice(47, 48), b""),
        ("wrong_mode", slice(0, 1), b"\x23"),
    ],
)
def test_faults_are_as_their_names_say(fault: Fault, place: slice, value: bytes) -> None:
    with NtpServer(fault=fault, fault_count=1) as server:
        wrong, right = ask(server), ask(server)
    assert wrong[place] == value
    assert right[place] != value
    assert len(right) == 48
