"""Bars of events an hour as inline SVG: no script, no style, readable without eyes by its label."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

BAR = 5
GAP = 1


def sparkline(counts: Sequence[int], hours: int, *, height: int = 28) -> SafeString:
    """A small chart of one path; `counts` are oldest first, the last one is the current hour."""
    step = BAR + GAP
    width = len(counts) * step
    most = max(counts, default=0)
    path = "".join(
        f"M{index * step} {height}v-{_height(count, most, height)}h{BAR}V{height}z"
        for index, count in enumerate(counts)
        if count > 0
    )
    return format_html(
        '<svg class="sparkline" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">'
        '<path class="base" d="M0 {}H{}"/><path class="bars" d="{}"/></svg>',
        label(sum(counts), hours), width, height, width, height, f"{height - 0.5:g}", width, path,
    )  # fmt: skip


def histogram(
    counts: Sequence[int], names: Sequence[str], span: int, *, height: int = 56, unit: str = "hours"
) -> SafeString:
    """A larger chart: every bar says its name and count when pointed at."""
    step = BAR + GAP
    width = len(counts) * step
    most = max(counts, default=0)
    bars = "".join(
        format_html(
            '<rect class="bars" x="{}" y="{}" width="{}" height="{}"><title>{}: {} event{}</title></rect>',
            index * step, height - _height(count, most, height), BAR, _height(count, most, height),
            name, f"{count:,}", "" if count == 1 else "s",
        )
        for index, (count, name) in enumerate(zip(counts, names, strict=True))
        if count > 0
    )  # fmt: skip
    return format_html(
        '<svg class="histogram" role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">'
        '<path class="base" d="M0 {}H{}"/>{}</svg>',
        label(sum(counts), span, unit), width, height, f"{height - 0.5:g}", width, mark_safe(bars),
    )  # fmt: skip


def share(part: int, total: int) -> SafeString:
    """`part` of `total` as a bar; the number stands beside it."""
    width = min(100, max(1, round(100 * part / total))) if total > 0 and part > 0 else 0
    return format_html(
        '<svg class="share" aria-hidden="true" viewBox="0 0 100 4" preserveAspectRatio="none">'
        '<path class="base" d="M0 2H100"/><rect class="bars" width="{}" height="4"/></svg>',
        width,
    )


def label(total: int, span: int, unit: str = "hours") -> str:
    """What the chart says in words."""
    return f"{total:,} event{'' if total == 1 else 's'} in {span} {unit}"


def _height(count: int, most: int, height: int) -> int:
    """At least one pixel for anything above zero, so that one event beside thousands is still seen."""
    return max(1, round(count * height / most)) if most and count > 0 else 0
