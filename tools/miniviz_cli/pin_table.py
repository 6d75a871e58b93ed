"""What a board's folder says, made from its board.toml: `python -m miniviz_cli.pin_table`."""

import json

from . import boards, paths, wiring

BEGIN = "<!-- pins: made from board.toml by `python -m miniviz_cli.pin_table` -->"
END = "<!-- /pins -->"
WIRING_BEGIN = "<!-- wiring: made from board.toml by `python -m miniviz_cli.pin_table` -->"
WIRING_END = "<!-- /wiring -->"
PICTURE = "wiring.svg"


def table(board: boards.Board) -> str:
    """Markdown: one line per pin a sensor may use."""
    lines = ["| GPIO | on the board | functions | mind |", "| ---: | --- | --- | --- |"]
    for pin in board.pins:
        cells = (str(pin.gpio), pin.header, ", ".join(pin.functions), _bold(boards.remarks(board, pin)))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def first_sensor(board: boards.Board) -> str:
    """Markdown: the picture, the parts, the wires and the config of a DHT22 on this board."""
    entry = {"type": "dht22", "pin": board.dht22.data, "every": 60}
    return "\n".join(
        [
            f"![{board.title} with a DHT22]({PICTURE})",
            "",
            f"Parts: the {board.title}, a DHT22 (AM2302), a resistor of 4.7 to 10 kΩ (most modules on a",
            "small board have it already), three wires, a USB cable that carries data.",
            "",
            f"| DHT22 | {board.title} |",
            "| --- | --- |",
            f"| 1 VCC | {board.dht22.power} |",
            f"| 2 DATA | {wiring.data_place(board)}; the resistor goes between DATA and VCC |",
            "| 3 not connected | |",
            f"| 4 GND | {board.dht22.ground} |",
            "",
            "```json",
            json.dumps(entry),
            "```",
        ]
    )


def _bold(remarks: str) -> str:
    return remarks.replace("DHT22 data", "**DHT22 data**")


def renew(readme: str, board: boards.Board) -> str:
    """The README with all that is made from board.toml made anew."""
    if WIRING_BEGIN not in readme:
        place = readme.index("## Pins")
        section = f"## The first sensor: a DHT22\n\n{WIRING_BEGIN}\n{WIRING_END}\n\n"
        readme = readme[:place] + section + readme[place:]
    readme = _between(readme, WIRING_BEGIN, WIRING_END, first_sensor(board))
    return _between(readme, BEGIN, END, table(board))


def _between(text: str, begin: str, end: str, made: str) -> str:
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    return f"{head}{begin}\n\n{made}\n\n{end}{tail}"


def main() -> None:
    """Renew every board's README and picture."""
    for name in boards.names():
        board, folder = boards.load(name), paths.boards() / name
        readme = folder / "README.md"
        readme.write_text(renew(readme.read_text(encoding="utf-8"), board), encoding="utf-8")
        (folder / PICTURE).write_text(wiring.svg(board), encoding="utf-8")


if __name__ == "__main__":
    main()
