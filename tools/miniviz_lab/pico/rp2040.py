"""All that we know of rp2040py's inside: pinned to one version, and no private name is used elsewhere.

Reasons for the three repairs: its console answers each poll with an empty packet, 100 000 times a second, so
the guest never idles; its guest runs ahead of the servers around it when it idles; its I2C forgets to tell a
refused write. Each is one function here.
"""
# pyright: reportPrivateUsage=false

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, cast

from rp2040py.device.mp_device import MicroPythonDevice
from rp2040py.external.cyw43 import nat, net
from rp2040py.rp2040 import RP2040

TURN_NS = 5_000_000  # of guest time between two turns of the host's event loop
PROGRAM = 0x02
_ERASES = (0x20, 0xD8)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Backend(Protocol):
    """Where the radio's packets end: our network, on loopback."""

    async def connect(self, address: str, port: int) -> Any:
        """A reader and a writer, or an OSError, which the guest sees as a reset."""
        ...

    async def datagram(self, address: str, port: int, data: bytes) -> bytes | None:
        """The answer to one datagram, or None: it was lost."""
        ...

    def joins(self) -> str:
        """What a join comes to: "joined", "absent" or "password"."""
        ...


class _Udp(nat.UdpRelay):
    def __init__(self, chip: RP2040, queue: Callable[[bytes], None], backend: Backend) -> None:
        super().__init__(chip, queue)
        self._backend = backend

    async def _relay(
        self,
        guest_mac: bytes,
        guest_ip: bytes,
        guest_port: int,
        query: bytes,
        upstream: tuple[str, int],
        reply_src_ip: bytes,
        reply_src_port: int,
    ) -> None:
        # The stock relay would send name queries to a public resolver and mDNS to the LAN.
        address = ".".join(str(byte) for byte in reply_src_ip)
        answer = await self._backend.datagram(address, reply_src_port, query)
        if answer is None:
            return
        udp = net.pack_udp(reply_src_ip, guest_ip, reply_src_port, guest_port, answer)
        packet = net.pack_ipv4(reply_src_ip, guest_ip, net.IP_PROTO_UDP, udp)
        frame = net.pack_ethernet(guest_mac, self._gateway_mac, net.ETHERTYPE_IPV4, packet)
        self._queue_ethernet_frame(frame)


class Bridge(nat.NatBridge):
    """Every packet of the guest goes to the backend."""

    def __init__(self, chip: RP2040, queue: Callable[[bytes], None], backend: Backend) -> None:
        super().__init__(chip, queue)
        connect = cast("Callable[[str, int], Awaitable[Streams]]", backend.connect)
        self._tcp = nat.TcpReflector(chip, queue, connect_timeout=1e9, connect_fn=connect)
        self._udp = _Udp(chip, queue, backend)


def on_join(bus: Any, answer: Callable[[], None]) -> Callable[[], None]:
    """Each join is answered by this; returns the stock answer: joined."""
    stock = bus._queue_join_events
    bus._queue_join_events = answer
    return stock


def on_command(bus: Any, look: Callable[[bytes], None]) -> None:
    """Show every message for the radio chip before it takes it."""
    write = bus._write_wlan

    def shown(data: bytes) -> None:
        look(bytes(data))
        write(data)

    bus._write_wlan = shown


def tell(bus: Any, kind: int, status: int) -> None:
    """An event from the radio chip to the guest."""
    bus.queue_rx_packet(bus._build_async_event(kind, status, flags=0))


def lose_link(bus: Any) -> None:
    """Every connection dies, the guest hears that the access point is gone."""
    bus.nat_bridge.reset()
    bus._queue_disassoc_events()


class Wire:
    """The radio chip's end of its bus, several bits at once."""

    def __init__(self, bus: Any, data_pin: Any) -> None:
        self._bus, self._pin = bus, data_pin

    def take(self, bits: int, count: int) -> bool:
        """Bits from the guest; False where they would end a word, or the chip does not listen."""
        bus = self._bus
        if not bus._selected or bus._response_bytes or bus._bits_in_word + count >= 32:
            return False
        bus._shift_reg = (bus._shift_reg << count | bits) & 0xFFFFFFFF
        bus._bits_in_word += count
        return True

    def give(self, count: int) -> int | None:
        """What the guest samples in so many clocks; None where the answer has no more bits after them."""
        bus = self._bus
        answer: bytes = bus._response_bytes
        at: int = bus._response_bit_index
        end = at + count
        if not bus._selected or end >= 8 * len(answer):
            return None
        first, last = at >> 3, (end + 7) >> 3
        window = int.from_bytes(answer[first:last], "big") >> (8 * last - end) & (1 << count) - 1
        # Each clock the guest samples what the clock before has put onto the wire.
        sampled = int(self._pin.input_value) << (count - 1) | window >> 1
        self._pin.set_input_value(bool(window & 1))
        bus._response_bit_index = end
        return sampled


def refuse_write(i2c: Any) -> None:
    """Tell the guest that nobody acknowledged its address: the emulator forgets it, the guest would hang."""
    i2c.complete_connect(False)
    i2c._set_interrupts(1 << 4)


def on_flash(chip: RP2040, look: Callable[[bytearray], None]) -> None:
    """Show every erase and program before it is done: the bytes shifted in, the operation first."""
    ssi = chip.ssi
    apply = ssi._apply_command

    def applied() -> None:
        buffer = ssi._tx_buffer
        if buffer and ssi._write_enabled and (buffer[0] == PROGRAM or buffer[0] in _ERASES):
            look(buffer)
        apply()

    ssi._apply_command = applied


def greet(device: MicroPythonDevice) -> None:
    """After a reset of its own the guest holds its output back until the host has sent a byte."""
    device.cdc.on_device_connected = device._post_boot_handshake


def running(device: MicroPythonDevice) -> "asyncio.Task[None] | None":
    """The task in which the guest runs."""
    return device.simulator._execute_task


def resume(device: MicroPythonDevice) -> None:
    """Go on in the running event loop, which may be another process's than before."""
    device.simulator.bind_loop()
    device._repl_lock = asyncio.Lock()
    device.simulator.start_execution()


def idle_console(device: MicroPythonDevice) -> None:
    """Answer the console's read only when there is something to read (NAK, as a real host)."""
    cdc, usb = device.cdc, device.mcu.usb_ctrl
    read, send, reset = usb.on_endpoint_read, cdc.send_serial_byte, usb.on_reset
    assert read
    held: list[tuple[int, int]] = []

    def on_read(endpoint: int, size: int) -> None:
        if endpoint == cdc._out_endpoint and cdc.tx_fifo.empty:
            held[:] = [(endpoint, size)]
        else:
            read(endpoint, size)

    def on_send(data: int) -> None:
        send(data)
        if held:
            read(*held.pop())

    def on_reset() -> None:
        held.clear()
        if reset:
            reset()

    usb.on_endpoint_read, cdc.send_serial_byte, usb.on_reset = on_read, on_send, on_reset


def govern(device: MicroPythonDevice, real_time: Callable[[], bool]) -> None:
    """Give the event loop a turn every 5 ms of guest time; in real time, wait for the wall clock too."""
    simulator = device.simulator
    batch = simulator._execute_batch
    state = {"stop": False, "turn": False}

    def on_alarm() -> None:
        state["turn"] = simulator.stopped = True  # ends the native batch

    turn = simulator.clock.create_alarm(on_alarm)

    async def execute() -> None:
        simulator.stopped = state["stop"] = False
        began: float | None = None
        try:
            while not state["stop"]:
                if simulator.rp2040.run_pin_low:
                    await asyncio.sleep(0.001)
                    continue
                turn.schedule(TURN_NS)
                batch()
                if state["turn"]:
                    state["turn"] = simulator.stopped = False
                elif simulator.stopped:
                    break
                late = time.monotonic() - simulator.clock.nanos / 1e9
                began = None if not real_time() else late if began is None else began
                await asyncio.sleep(0.0 if began is None else max(0.0, began - late))
        except BaseException as error:
            simulator.engine_room_error = cast("Exception", error)
            raise
        finally:
            turn.cancel()
            simulator.stopped = True

    def stop() -> None:
        state["stop"] = simulator.stopped = True

    simulator.execute, simulator.stop = execute, stop
