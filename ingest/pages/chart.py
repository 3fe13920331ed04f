"""A chart of stacked bars as inline SVG, without script and style. Patterns make the layers distinct without colour.

Widths are in percent and heights in pixels, so that the patterns keep their shape at any width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from rustrak.lib import wording

HEIGHT = 160
_GAP = 0.18


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: `name` is its CSS class and names its pattern, `label` is shown, `counts` has a number for each bar."""

    name: str
    label: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


# The shapes of the patterns, each within 6 by 6 pixels; neighbouring layers have different ones.
_SHAPES = {
    "rising": "M-1 1L1 -1M0 6L6 0M5 7L7 5",
    "falling": "M-1 5L1 7M0 0L6 6M5 -1L7 1",
    "level": "M0 1.5H6M0 4.5H6",
    "upright": "M1.5 0V6M4.5 0V6",
    "grid": "M0 3H6M3 0V6",
    "dots": "M1 1h2v2h-2zM4 4h2v2h-2z",
}
PATTERNS: Mapping[str, str] = {
    "salvaged": "rising",
    "duplicate": "level",
    "sampled": "upright",
    "filtered": "falling",
    "unsupported": "dots",
    "too_large": "rising",
    "malformed": "level",
    "unauthenticated": "grid",
    "failed": "falling",
    "invalid": "dots",
}


def stacked(layers: Sequence[Layer], names: Sequence[str], label: str) -> SafeString:
    """The chart of `layers`, from the bottom up; `names` are those of the bars, `label` is for screen readers."""
    totals = [sum(layer.counts[index] for layer in layers) for index in range(len(names))]
    most = max(totals, default=0)
    bars = [
        format_html(
            "<g><title>{}</title>{}</g>", _words(layers, index, name), _bar(layers, index, len(names), most)
        )
        for index, name in enumerate(names)
        if totals[index]
    ]
    return format_html(
        '<svg class="outcomes" role="img" aria-label="{}" width="100%" height="{}">{}{}'
        '<line class="base" x1="0" x2="100%" y1="{}" y2="{}"/></svg>',
        label, HEIGHT, patterns(layers), format_html_join("", "{}", ((bar,) for bar in bars)),
        f"{HEIGHT - 0.5:g}", f"{HEIGHT - 0.5:g}",
    )  # fmt: skip


def patterns(layers: Sequence[Layer]) -> SafeString:
    """The `<defs>` of the patterns of `layers`. A legend on the same page may use them too."""
    return format_html(
        "<defs>{}</defs>",
        format_html_join(
            "",
            '<pattern id="p-{}" class="{}" width="6" height="6" patternUnits="userSpaceOnUse">'
            '<rect class="ground" width="6" height="6"/><path class="{}" d="{}"/></pattern>',
            (
                (layer.name, layer.name, "dots" if shape == "dots" else "lines", _SHAPES[shape])
                for layer in layers
                if (shape := PATTERNS.get(layer.name))
            ),
        ),
    )


def swatch(name: str) -> SafeString:
    """The small square of a legend, filled like the layer `name`."""
    return format_html(
        '<svg class="swatch" aria-hidden="true" width="14" height="14">'
        '<rect class="{}" width="14" height="14"{}/></svg>',
        name, _fill(name),
    )  # fmt: skip


def _fill(name: str) -> SafeString:
    return format_html(' fill="url(#p-{})"', name) if name in PATTERNS else format_html("{}", "")


def _bar(layers: Sequence[Layer], index: int, bars: int, most: int) -> SafeString:
    """The rectangles of one bar. Each is at least 1.5 pixels high; the largest is shortened to make up for it."""
    heights = [
        max(1.5, layer.counts[index] * HEIGHT / most) if layer.counts[index] else 0.0 for layer in layers
    ]
    if (surplus := sum(heights) - HEIGHT) > 0:
        heights[heights.index(max(heights))] -= surplus
    step = 100 / bars
    pieces = []
    y = float(HEIGHT)
    for layer, height in zip(layers, heights, strict=True):
        if height:
            y -= height
            pieces.append(
                (layer.name, f"{index * step + step * _GAP / 2:.2f}%", f"{y:.1f}", f"{step * (1 - _GAP):.2f}%",
                 f"{height:.1f}", _fill(layer.name))
            )  # fmt: skip
    return format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"{}/>', pieces)


def _words(layers: Sequence[Layer], index: int, name: str) -> str:
    parts = [
        f"{wording.number(layer.counts[index])} {layer.label}" for layer in layers if layer.counts[index]
    ]
    return f"{name}: {', '.join(parts)}"
