"""Check-ins and sessions as inline SVG: no script, no style, told apart by shape as well as by colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_STEP, _BAR, _HEIGHT = 8, 6, 24
# A run that went well stands low; trouble is tall, and hollow where nothing came at all.
_TOP = {"ok": 10, "in_progress": 16, "unknown": 16}


@dataclass(frozen=True, slots=True)
class Mark:
    """One check-in: its status (a CSS class) and what is said when it is pointed at."""

    status: str
    words: str


def strip(marks: Sequence[Mark], label: str) -> SafeString:
    """The latest check-ins, oldest first."""
    width = max(len(marks), 1) * _STEP
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        (
            (mark.status, index * _STEP + 1, top, _BAR, _HEIGHT - top - 1, mark.words)
            for index, mark in enumerate(marks)
            for top in (_TOP.get(mark.status, 1),)
        ),
    )
    return format_html(
        '<svg class="check-ins" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>',
        label, width, _HEIGHT, width, _HEIGHT, bars,
    )  # fmt: skip


def days(totals: Sequence[int], crashed: Sequence[int], names: Sequence[str], label: str) -> SafeString:
    """Sessions a day, oldest first; from above, the part that crashed."""
    height, step = 28, 6
    width = len(totals) * step
    most = max(totals, default=0)
    bars = []
    for index, (total, bad, name) in enumerate(zip(totals, crashed, names, strict=True)):
        if total <= 0:
            continue
        tall = max(1, round(total * height / most))
        low = min(tall, max(1, round(bad * height / most))) if bad else 0
        words = f"{name}: {total:,} session{'' if total == 1 else 's'}, {bad:,} crashed"
        bars.append(
            (words, index * step, height - tall, step - 1, tall, index * step, height - tall, step - 1, low)
        )
    return format_html(
        '<svg class="session-days" role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">'
        '<path class="base" d="M0 {}H{}"/>{}</svg>',
        label, width, height, f"{height - 0.5:g}", width,
        format_html_join(
            "",
            '<g><title>{}</title><rect class="bars" x="{}" y="{}" width="{}" height="{}"/>'
            '<rect class="crashed" x="{}" y="{}" width="{}" height="{}"/></g>',
            bars,
        ),
    )  # fmt: skip


def percent(bad: int, total: int) -> str:
    """How much of `total` is not bad: cut to two decimals, never rounded up, so that 100% means all of it."""
    if total <= 0:
        return "–"
    hundredths = 10_000 * max(0, total - max(0, bad)) // total
    if hundredths % 100 == 0:
        return f"{hundredths // 100}%"
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def share(part: int, total: int) -> str:
    """`part` of `total` in whole percent: above nothing at least "<1%", below everything never 100%."""
    if total <= 0 or part <= 0:
        return "0%"
    whole = 100 * part // total
    return f"{whole}%" if whole else "<1%"
