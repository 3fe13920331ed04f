"""Check-ins and sessions as inline SVG. States differ in shape as well as in colour; no script and no inline style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from issues.render.charts import marks
from rustrak.lib import wording

_STEP, _BAR, _HEIGHT = 8, 6, 24
# The distance from the top: a run that succeeded is a low bar, one that failed or was missed a tall one.
_TOP = {"ok": 10, "in_progress": 16, "unknown": 16}


@dataclass(frozen=True, slots=True)
class Mark:
    """One check-in: its status, which is its CSS class, and its tooltip."""

    status: str
    words: str


def strip(runs: Sequence[Mark], label: str) -> SafeString:
    """One bar per check-in; `runs` are oldest first, `label` is read by screen readers."""
    width = max(len(runs), 1) * _STEP
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        (
            (mark.status, index * _STEP + 1, top, _BAR, _HEIGHT - top - 1, mark.words)
            for index, mark in enumerate(runs)
            for top in (_TOP.get(mark.status, 1),)
        ),
    )
    return format_html(
        '<svg class="check-ins" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>',
        label, width, _HEIGHT, width, _HEIGHT, bars,
    )  # fmt: skip


def days(
    totals: Sequence[int],
    crashed: Sequence[int],
    names: Sequence[str],
    label: str,
    marked: Sequence[marks.Mark] = (),
) -> SafeString:
    """One bar per day, its upper part the sessions that crashed. All lists are as long and oldest first."""
    height, step = 28, 6
    width = len(totals) * step
    most = max(totals, default=0)
    bars = []
    # A page has hundreds of bars: only what could be anything is escaped.
    for index, (total, bad, name) in enumerate(zip(totals, crashed, names, strict=True)):
        if total <= 0:
            continue
        tall = max(1, round(total * height / most))
        low = min(tall, max(1, round(bad * height / most))) if bad else 0
        words = f"{escape(name)}: {wording.counted(total, 'session')}, {wording.number(bad)} crashed"
        place = f'x="{index * step}" y="{height - tall}" width="{step - 1}"'
        bars.append(
            f'<g><title>{words}</title><rect class="bars" {place} height="{tall}"/>'
            f'<rect class="crashed" {place} height="{low}"/></g>'
        )
    return mark_safe(
        f'<svg class="session-days" role="img" aria-label="{escape(marks.label(label, marked))}" viewBox="0 0 {width} {height}"'
        f' preserveAspectRatio="none"><path class="base" d="M0 {height - 0.5:g}H{width}"/>{"".join(bars)}'
        f"{marks.lines(marked, step, height)}</svg>"
    )
