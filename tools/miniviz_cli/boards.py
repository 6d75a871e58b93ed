"""boards/<name>/board.toml: loaded, checked, and turned into the board.json that the device reads."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from . import paths
from .errors import UserError

Gpio = Annotated[int, Field(ge=0, le=63)]
UsbId = Annotated[str, Field(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Image(_Table):
    """The official MicroPython image: its download page, and the file that `miniviz flash` takes."""

    name: str
    page: str
    file: str | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    # How the running image names the board; several boards may share one image.
    machine: str | None = None
    # Where an ESP32 .bin begins in flash.
    offset: int | None = None


class Mpy(_Table):
    """How mpy-cross compiles for this board."""

    arch: Literal["armv6m", "armv7emsp", "xtensawin", "rv32imc"]


class Led(_Table):
    """The board's own light: a GPIO or a name that machine.Pin knows, and the level that lights it."""

    pin: Gpio | str
    on: Literal[0, 1]


class I2c(_Table):
    """The I2C bus that MicroPython opens when no pins are given."""

    id: int
    scl: Gpio
    sda: Gpio


class Spi(_Table):
    """The SPI bus that MicroPython opens when no pins are given."""

    id: int
    sck: Gpio
    mosi: Gpio
    miso: Gpio


class Buses(_Table):
    """The default buses; a board whose camera sits on their pins has none to offer."""

    i2c: I2c | None = None
    spi: Spi | None = None

    def pins(self) -> set[int]:
        """Every pin of theirs."""
        i2c = {self.i2c.scl, self.i2c.sda} if self.i2c else set[int]()
        return i2c | ({self.spi.sck, self.spi.mosi, self.spi.miso} if self.spi else set[int]())


class Camera(_Table):
    """How this board's camera is wired, which config.json need not repeat."""

    type: Literal["arducam_mini", "arducam_mega", "esp32"]
    spi: int | None = None
    sck: Gpio | None = None
    mosi: Gpio | None = None
    miso: Gpio | None = None
    cs: Gpio | None = None
    i2c: int | None = None
    scl: Gpio | None = None
    sda: Gpio | None = None
    # The firmware image that has the driver of a camera on the chip's own bus.
    image: str | None = None

    def wiring(self) -> dict[str, object]:
        """What board.json says of it."""
        return {key: value for key, value in self.model_dump().items() if value is not None}

    def pins(self) -> dict[int, str]:
        """GPIO -> the camera's wire on it."""
        names = ("sck", "mosi", "miso", "cs", "scl", "sda")
        return {pin: name for name in names if (pin := getattr(self, name)) is not None}


class Dht22(_Table):
    """Where the first sensor goes."""

    data: Gpio
    power: str
    ground: str


class Pin(_Table):
    """A pin that a sensor may use."""

    gpio: Gpio
    header: str
    functions: list[str]
    adc: bool = False
    input_only: bool = False
    strapping: str | None = None


class Board(_Table):
    """One board.toml."""

    name: str
    title: str
    mcu: str
    port: Literal["rp2", "esp32"]
    usb: Annotated[list[UsbId], Field(min_length=1)]
    # What opens the portal when it is held just after a reset; BOOTSEL has no GPIO.
    button: Gpio | Literal["BOOTSEL"] | None = None
    notes: list[str]
    image: Image
    mpy: Mpy
    led: Led
    buses: Buses
    camera: Camera | None = None
    dht22: Dht22
    pins: Annotated[list[Pin], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        known = [pin.gpio for pin in self.pins]
        if len(set(known)) != len(known):
            raise ValueError("a gpio stands twice in pins")
        wires = set(self.camera.pins()) if self.camera else set[int]()
        missing = (self.buses.pins() | wires | {self.dht22.data}) - set(known)
        if missing:
            raise ValueError(f"gpio {min(missing)} is used and not in pins")
        if any(pin.gpio == self.dht22.data and (pin.input_only or pin.strapping) for pin in self.pins):
            raise ValueError(f"dht22.data {self.dht22.data} is an input-only or strapping pin")
        if self.dht22.data in wires:
            raise ValueError(f"dht22.data {self.dht22.data} is the camera's pin")
        return self

    def device_facts(self) -> dict[str, object]:
        """What the firmware needs of it: board.json."""
        camera = {"camera": self.camera.wiring()} if self.camera else {}
        return {
            "board": self.name,
            "led": self.led.pin,
            "led_on": self.led.on,
            "pins": [pin.gpio for pin in self.pins],
            "adc_pins": [pin.gpio for pin in self.pins if pin.adc],
            "input_only": [pin.gpio for pin in self.pins if pin.input_only],
            # What the portal writes where there was no config.json: the README's first wiring.
            "sensors": [{"type": "dht22", "pin": self.dht22.data}, {"type": "system", "every": 600}],
            **({} if self.button is None else {"button": self.button}),
            **camera,
        }


def names() -> list[str]:
    """The known boards."""
    return sorted(path.parent.name for path in paths.boards().glob("*/board.toml"))


def load(name: str) -> Board:
    """The board of that name; an unknown one suggests the nearest."""
    known = names()
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known boards: {', '.join(known)}"
        raise UserError(f"there is no board '{name}'; {hint}", 2)
    return load_file(paths.boards() / name / "board.toml")


def load_file(path: Path) -> Board:
    """Read and check one board.toml; its name is its folder's."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return Board.model_validate({"name": path.parent.name, **table})
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path} is not valid TOML: {error}") from None
    except ValidationError as error:
        raise UserError(f"{path}: {_first(error)}") from None


def of_config(config: Mapping[str, object]) -> Board | None:
    """The board that a config.json names, or None: then the firmware says what is wrong with it."""
    name = config.get("board")
    return load(name) if isinstance(name, str) and name in names() else None


def remarks(board: Board, pin: Pin) -> str:
    """What to mind about a pin, in a few words."""
    wire = board.camera.pins().get(pin.gpio) if board.camera else None
    found = [
        "DHT22 data" if pin.gpio == board.dht22.data else "",
        f"camera {wire.upper()}" if wire else "",
        "ADC" if pin.adc else "",
        "input only" if pin.input_only else "",
        f"avoid: {pin.strapping}" if pin.strapping else "",
    ]
    return "; ".join(remark for remark in found if remark)


def _first(error: ValidationError) -> str:
    detail = error.errors()[0]
    where = ".".join(str(part) for part in detail["loc"])
    return f"{where}: {detail['msg']}" if where else detail["msg"]
