"""The picture of a board with its DHT22, drawn from board.toml; `pin_table` writes it."""

from xml.sax.saxutils import escape

from .boards import Board

_WIDTH, _HEIGHT = 640, 260
_ROWS = {"VCC": 70, "DATA": 130, "GND": 190}
_COLOURS = {"VCC": "#c0392b", "DATA": "#1f6fb2", "GND": "#444444"}
_LEFT, _RIGHT = 250, 470  # where the board ends and the sensor begins
_RESISTOR = 360


def data_header(board: Board) -> str:
    """How the board prints the pin of the DHT22's data."""
    return next(pin.header for pin in board.pins if pin.gpio == board.dht22.data)


def data_place(board: Board) -> str:
    """GPIO and print together: "GPIO 15, pin 20", "GPIO 4, printed IO4"."""
    header = data_header(board)
    return f"GPIO {board.dht22.data}, {f'pin {header}' if header.isdigit() else f'printed {header}'}"


def svg(board: Board) -> str:
    """The drawing; it reads on white and on black."""
    ends = {"VCC": board.dht22.power, "DATA": data_place(board), "GND": board.dht22.ground}
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="14">',
        f"<title>{escape(f'{board.title} with a DHT22')}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="#ffffff"/>',
        _box(20, 30, _LEFT - 20, 200, board.title, "#e8f3ea", "#2d6a3e"),
        _box(_RIGHT, 30, 150, 200, "DHT22", "#f4f6f8", "#5b6b7a"),
    ]
    for (name, row), leg in zip(_ROWS.items(), (1, 2, 4), strict=True):
        lines += _wire(name, row, ends[name], leg)
    lines += _resistor()
    return "\n".join([*lines, "</svg>"]) + "\n"


def _box(x: int, y: int, width: int, height: int, title: str, fill: str, line: str) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="{fill}" stroke="{line}"/>'
        f'<text x="{x + width // 2}" y="{y - 8}" text-anchor="middle" font-weight="bold" fill="#222222">'
        f"{escape(title)}</text>"
    )


def _wire(name: str, row: int, end: str, leg: int) -> list[str]:
    colour = _COLOURS[name]
    return [
        f'<path d="M{_LEFT} {row}H{_RIGHT}" stroke="{colour}" stroke-width="3" fill="none"/>',
        f'<circle cx="{_LEFT}" cy="{row}" r="5" fill="{colour}"/>',
        f'<circle cx="{_RIGHT}" cy="{row}" r="5" fill="{colour}"/>',
        f'<text x="{_LEFT - 12}" y="{row + 5}" text-anchor="end" fill="#222222">{escape(end)}</text>',
        f'<text x="{_RIGHT + 12}" y="{row + 5}" fill="#222222">{leg} {name}</text>',
    ]


def _resistor() -> list[str]:
    top, bottom = _ROWS["VCC"], _ROWS["DATA"]
    middle = (top + bottom) // 2
    return [
        f'<path d="M{_RESISTOR} {top}V{bottom}" stroke="#444444" stroke-width="2"/>',
        f'<rect x="{_RESISTOR - 7}" y="{middle - 16}" width="14" height="32" fill="#f1e3c4" stroke="#444"/>',
        f'<text x="{_RESISTOR + 14}" y="{middle + 5}" font-size="12" fill="#222222">4.7 to 10 kΩ</text>',
    ]
