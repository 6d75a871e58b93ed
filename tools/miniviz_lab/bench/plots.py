"""Bars as SVG, written by hand: a few rectangles need no library, and the files stay small."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from .metric import Metric
from .report import short

_COLOURS = {"miniviz": "#0b7285", "peer": "#adb5bd", "floor": "#495057"}
_WIDTH, _LEFT, _BAR, _GAP = 640, 90, 18, 6
_FULL = _WIDTH - _LEFT - 150  # the longest bar; what is right of it is for the figure


def write(folder: Path, metrics: Iterable[Metric]) -> list[Path]:
    """One file for each figure that stands beside another one."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for metric in metrics:
        bars = _bars(metric)
        if len(bars) > 1:
            file = folder / f"{metric.name}.svg"
            file.write_text(svg(f"{metric.name}, {metric.unit}", bars), encoding="utf-8")
            written.append(file)
    return written


def svg(title: str, bars: Sequence[tuple[str, float]]) -> str:
    """Horizontal bars from zero, on one scale."""
    most = max(max(value for _, value in bars), 0) or 1
    height = 34 + len(bars) * (_BAR + _GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        'font-size="13">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="20" font-weight="bold">{escape(title)}</text>',
    ]
    for row, (name, value) in enumerate(bars):
        y = 30 + row * (_BAR + _GAP)
        width = max(value, 0) / most * _FULL
        lines += [
            f'<text x="8" y="{y + 13}">{escape(name)}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{_COLOURS[name]}"/>',
            f'<text x="{_LEFT + width + 6:.1f}" y="{y + 13}">{short(value)}</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _bars(metric: Metric) -> list[tuple[str, float]]:
    pairs = (("miniviz", metric.value), ("peer", metric.peer), ("floor", metric.floor))
    return [(name, value) for name, value in pairs if value is not None]
