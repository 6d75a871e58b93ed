"""The pin table in a board's README.md, made from its board.toml: `python -m miniviz_cli.pin_table`."""

from . import boards, paths

BEGIN = "<!-- pins: made from board.toml by `python -m miniviz_cli.pin_table` -->"
END = "<!-- /pins -->"


def table(board: boards.Board) -> str:
    """Markdown: one line per pin a sensor may use."""
    lines = ["| GPIO | on the board | functions | mind |", "| ---: | --- | --- | --- |"]
    for pin in board.pins:
        cells = (str(pin.gpio), pin.header, ", ".join(pin.functions), _bold(boards.remarks(board, pin)))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _bold(remarks: str) -> str:
    return remarks.replace("DHT22 data", "**DHT22 data**")


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
