"""Everything that we know of rp2040py's inside: pinned to one version, and no private name is used elsewhere.

Reasons for the three repairs: its console answers each poll with an empty packet, 100 000 times a second, so
the guest never idles; its guest runs ahead of the servers around it when it idles; its I2C forgets to tell a
refused write. Each is one function here.
"""
# pyright: reportPrivateUsage=false

import asyncio
import dataclasses
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from rp2040py.boards import BOARDS, FlashLayout, resolve_firmware
from rp2040py.device.mp_device import MicroPythonDevice
from rp2040py.external.bootsel_button import BootselButton
from rp2040py.external.cyw43 import Cyw43439, nat, net
from rp2040py.external.cyw43 import bus as radio_bus
from rp2040py.gpio_pin import GPIOPinState
from rp2040py.rp2040 import RP2040

FLASH_BYTES = 2 << 20  # of a Pico W; the emulated chip has room for more
TURN_NS = 5_000_000  # of guest time between two turns of the host's event loop
_ERASES = (0x20, 0xD8)
_PROGRAM = 0x02

LOW = GPIOPinState.LOW
HIGH = GPIOPinState.HIGH

Chip = RP2040
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Device(Protocol):
    """Something that hangs on the chip's pins."""

    def attach(self, chip: RP2040) -> None:
        """Listen on the pins."""
        ...


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


class _Bridge(nat.NatBridge):
    def __init__(self, chip: RP2040, queue: Callable[[bytes], None], backend: Backend) -> None:
        super().__init__(chip, queue)
        connect = cast("Callable[[str, int], Awaitable[Streams]]", backend.connect)
        self._tcp = nat.TcpReflector(chip, queue, connect_timeout=1e9, connect_fn=connect)
        self._udp = _Udp(chip, queue, backend)


class Radio(Cyw43439):
    """The wireless chip: its packets go to the backend, its LED is watched, joins are scripted."""

    def __init__(self, backend: Backend) -> None:
        super().__init__()
        self._backend = backend
        self.led = False
        self.led_changes = 0

    def attach(self, rp2040: RP2040) -> None:
        super().attach(rp2040)
        bus = self.bus
        bus.nat_bridge = _Bridge(rp2040, bus.queue_rx_ethernet_frame, self._backend)
        self._join = bus._queue_join_events
        bus._queue_join_events = self._answer_join
        self._write = bus._write_wlan
        bus._write_wlan = self._watch_write

    def lose_link(self) -> None:
        """The access point is gone: every connection dies, the guest hears it."""
        assert self.bus.nat_bridge
        self.bus.nat_bridge.reset()
        self.bus._queue_disassoc_events()

    def _answer_join(self) -> None:
        told = self._backend.joins()
        if told == "joined":
            self._join()
        elif told == "absent":
            self._tell((radio_bus.CYW43_EV_SET_SSID, 3))
        else:
            self._tell((radio_bus.CYW43_EV_AUTH, 0), (radio_bus.CYW43_EV_ASSOC, 0))
            self._tell((radio_bus.CYW43_EV_PSK_SUP, 8))

    def _tell(self, *events: tuple[int, int]) -> None:
        for kind, status in events:
            self.bus.queue_rx_packet(self.bus._build_async_event(kind, status, flags=0))

    def _watch_write(self, data: bytes) -> None:
        at = bytes(data).find(b"gpioout\0")
        if at >= 0:
            mask = int.from_bytes(data[at + 8 : at + 12], "little")
            value = int.from_bytes(data[at + 12 : at + 16], "little")
            if mask & 1 and bool(value & 1) != self.led:
                self.led = not self.led
                self.led_changes += 1
        self._write(data)


class Machine:
    """One powered board: the image, a flash, a radio and devices."""

    def __init__(
        self, image: Path, radio: Radio, devices: Sequence[Device], *, real_time: bool = False
    ) -> None:
        spec = dataclasses.replace(BOARDS["pico_w"], extras=_extras(radio, devices))
        self._device = MicroPythonDevice(board=resolve_firmware(spec, "micropython", str(image)))
        self._simulator = self._device.simulator
        self.chip = self._device.mcu
        self.output = bytearray()  # everything the guest printed
        self.flash_operations = 0
        self.on_flash: Callable[[bool, bytearray], None] | None = None  # program?, the bytes shifted in
        self._listeners: list[Callable[[bytes], None]] = []
        _idle_console(self._device)
        _govern(self._device, real_time=real_time)
        self._watch_flash()
        self.listen()

    @property
    def nanos(self) -> int:
        """Guest time since power-on."""
        return int(self._simulator.clock.nanos)

    @property
    def seconds(self) -> float:
        """Guest time since power-on."""
        return self.nanos / 1e9

    def file_system(self) -> bytes:
        """The flash's part that holds the files."""
        start, size = self._files()
        return bytes(self.chip.flash[start : start + size])

    def put_file_system(self, image: bytes) -> None:
        """Replace all files; only while the guest has them not mounted."""
        start, size = self._files()
        assert len(image) == size
        self.chip.flash[start : start + size] = image

    def file_system_after(self, operation: bytearray, *, torn: bool) -> bytes:
        """The files had the power gone in this operation, which is about to be done."""
        start, size = self._files()
        if not torn:
            return bytes(self.chip.flash[start : start + size])
        flash = bytearray(self.chip.flash[:FLASH_BYTES])
        _cut_short(flash, operation)
        return bytes(flash[start : start + size])

    def _files(self) -> tuple[int, int]:
        return file_system_place(cast("FlashLayout", self._device.board.layout))

    async def start(self, timeout: float = 300) -> None:
        """Power on; returns when the console is there."""
        await self._device.astart(timeout)
        # After a reset of its own the guest holds its output back until the host has sent a byte.
        self._device.cdc.on_device_connected = self._device._post_boot_handshake

    async def exec(self, code: str, timeout: float = 600) -> str:
        """Interrupt what runs, run this, return what it printed; an exception on the guest is raised here."""
        try:
            out, err = await self._device.aexec(code, timeout)
        finally:
            self.listen()
        if err:
            raise RuntimeError(err.decode(errors="replace"))
        return out.decode(errors="replace").replace("\r\n", "\n")

    def listen(self, extra: Callable[[bytes], None] | None = None) -> None:
        """Collect the console's output (an exec takes it for itself while it runs)."""
        if extra:
            self._listeners.append(extra)
        self._device.cdc.on_serial_data = self._heard

    def _heard(self, data: bytes | bytearray) -> None:
        self.output += data
        for listener in self._listeners:
            listener(bytes(data))

    def type(self, data: bytes) -> None:
        """Type on the console; at most what its FIFO holds, see typed()."""
        for byte in data:
            self._device.cdc.send_serial_byte(byte)

    def room(self) -> int:
        """How many bytes can be typed now."""
        fifo = self._device.cdc.tx_fifo
        return int(fifo.size - fifo.item_count)

    def soft_reset(self) -> None:
        """Ctrl-C twice, then Ctrl-D in the friendly REPL: main.py starts again."""
        self.type(b"\x03\x03\x02\x04")

    async def hard_reset(self) -> None:
        """The RUN pin: RAM is kept by the emulator, everything else starts anew."""
        await self._device.ahard_reset(300)
        self._device.cdc.on_device_connected = self._device._post_boot_handshake
        self.listen()

    async def stop(self) -> None:
        """Power off."""
        task = self._simulator._execute_task
        self._device.stop()
        if task is not None:
            await asyncio.wait([task])

    def resume(self) -> None:
        """Go on in the running event loop after stop(): how a forked copy of the process begins."""
        self._simulator.bind_loop()
        self._device._repl_lock = asyncio.Lock()
        self._simulator.start_execution()

    def after(self, nanos: int, act: Callable[[], None]) -> None:
        """Call act after that much guest time."""
        alarm(self.chip, act).schedule(nanos)

    async def sleep(self, seconds: float) -> None:
        """Let this much guest time pass."""
        done = asyncio.Event()
        self.after(int(seconds * 1e9), done.set)
        await self._simulator.wait_for(done, None)

    def _watch_flash(self) -> None:
        ssi = self.chip.ssi
        apply = ssi._apply_command

        def applied() -> None:
            buffer = ssi._tx_buffer
            if buffer and ssi._write_enabled and (buffer[0] == _PROGRAM or buffer[0] in _ERASES):
                self.flash_operations += 1
                if self.on_flash:
                    self.on_flash(buffer[0] == _PROGRAM, buffer)
            apply()

        ssi._apply_command = applied


def _cut_short(flash: bytearray, operation: bytearray) -> None:
    """Do a part of an operation, as when the power goes in it: 100 bytes of a page, 1000 of a sector."""
    address = int.from_bytes(operation[1:4], "big")
    if operation[0] == _PROGRAM:
        for offset, byte in enumerate(operation[4:104]):
            flash[address + offset] &= byte
    else:
        flash[address : address + 1000] = b"\xff" * 1000


def alarm(chip: RP2040, act: Callable[[], None]) -> Any:
    """An alarm in guest time: schedule(nanoseconds), cancel()."""
    return chip.clock.create_alarm(act)


def refuse_write(i2c: Any) -> None:
    """Tell the guest that nobody acknowledged its address: the emulator forgets it, the guest would hang."""
    i2c.complete_connect(False)
    i2c._set_interrupts(1 << 4)


def fetch_image(version: str) -> Path:
    """The official image of this version, from the cache or from its maker."""
    spec = resolve_firmware(BOARDS["pico_w"], "micropython", version)
    if spec.image is None:
        raise OSError(f"no image of version {version}")
    return Path(spec.image)


def layout() -> tuple[int, int, int]:
    """Where the image keeps its files: start, block size, blocks."""
    spec = resolve_firmware(dataclasses.replace(BOARDS["pico_w"], image="-"), "micropython")
    place = cast("FlashLayout", spec.layout)
    return place.fs_start, place.fs_blocksize, place.fs_blockcount


def file_system_place(place: FlashLayout) -> tuple[int, int]:
    """Start and size in bytes."""
    return place.fs_start, place.fs_blocksize * place.fs_blockcount


def _extras(radio: Radio, devices: Sequence[Device]) -> tuple[Callable[[], Any], ...]:
    # rp2040py's own list has an LED on GPIO 25, which on this board selects the radio.
    return (BootselButton, lambda: radio, *((lambda device=device: device) for device in devices))


def _idle_console(device: MicroPythonDevice) -> None:
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


def _govern(device: MicroPythonDevice, *, real_time: bool) -> None:
    """Give the event loop a turn every 5 ms of guest time; in real time, wait for the wall clock too."""
    simulator = device.simulator
    batch = simulator._execute_batch
    state = {"stop": False, "turn": False}
    began = [0.0]

    def on_alarm() -> None:
        state["turn"] = simulator.stopped = True  # ends the native batch

    turn = simulator.clock.create_alarm(on_alarm)

    async def execute() -> None:
        simulator.stopped = state["stop"] = False
        began[0] = time.monotonic() - simulator.clock.nanos / 1e9
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
                ahead = simulator.clock.nanos / 1e9 - (time.monotonic() - began[0]) if real_time else 0
                await asyncio.sleep(max(0.0, ahead))
        except BaseException as error:
            simulator.engine_room_error = cast("Exception", error)
            raise
        finally:
            turn.cancel()
            simulator.stopped = True

    def stop() -> None:
        state["stop"] = simulator.stopped = True

    simulator.execute, simulator.stop = execute, stop
