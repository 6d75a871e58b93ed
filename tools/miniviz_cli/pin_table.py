"""The pin table in a board's README.md, made from its board.toml: `python -m miniviz_cli.pin_table`."""

from . import boards, paths

BEGIN = "<!-- pins: made from board.toml by `python -m miniviz_cli.pin_table` -->"
END = "<!-- /pins -->"


def table(board: boards.Board) -> str:
    """Markdown: one line per pin a sensor may use."""
    lines = ["| GPIO | on the board | functions | mind |", "| ---: | --- | --- | --- |"]
    for pin in board.pins:
        cells = (str(pin.gpio), pin.header, ", ".join(pin.functions), _mind(board, pin))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _mind(board: boards.Board, pin: boards.Pin) -> str:
    wire = board.camera.pins().get(pin.gpio) if board.camera else None
    remarks = [
        "**DHT22 data**" if pin.gpio == board.dht22.data else "",
        f"camera {wire.upper()}" if wire else "",
        "ADC" if pin.adc else "",
        "input only" if pin.input_only else "",
        f"avoid: {pin.strapping}" if pin.strapping else "",
    ]
    return "; ".join(remark for remark in remarks if remark)


def renew(readme: str, board: boards.Board) -> str:
    """The README with its table made anew."""
    head, _, rest = readme.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table(board)}\n\n{END}{tail}"


def main() -> None:
    """Renew every board's README."""
    for name in boards.names():
        path = paths.boards() / name / "README.md"
        path.write_text(renew(path.read_text(encoding="utf-8"), boards.load(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
