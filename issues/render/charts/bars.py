"""Bars of events per hour or day as inline SVG. Screen readers read its label; no script and no inline style."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from issues.render.charts import marks
from issues.render.charts.marks import Mark
from rustrak.lib import wording

BAR = 5
GAP = 1
# One event must be visible above the line, beside thousands.
_LOWEST = 2


def sparkline(counts: Sequence[int], hours: int, *, height: int = 28) -> SafeString:
    """A small chart of one path. `counts` are per hour, oldest first; the last one is the current hour."""
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


def trend(
    counts: Sequence[int],
    names: Sequence[str],
    most: int,
    total: str,
    *,
    height: int = 28,
    marked: Sequence[Mark] = (),
) -> SafeString:
    """A small chart on the scale of its page: a bar of `most` events is as tall as the chart. `names` are those of the bars, for
    their tooltips, which show wherever one points above or at a bar; `total` is the chart in words."""
    step = BAR + GAP
    drawn = [(index, count) for index, count in enumerate(counts) if count > 0]
    path = "".join(
        f"M{index * step} {height}v-{max(_LOWEST, _height(count, most, height))}h{BAR}V{height}z"
        for index, count in drawn
    )
    # A page has a thousand of them: they are escaped together.
    words = escape("\n".join(f"{names[index]}: {wording.number(count)}" for index, count in drawn)).split(
        "\n"
    )
    tips = "".join(
        f'<path d="M{index * step} 0h{step}v{height}h-{step}z"><title>{each}</title></path>'
        for (index, _), each in zip(drawn, words, strict=False)
    )
    width = len(counts) * step
    return mark_safe(
        f'<svg class="sparkline" role="img" aria-label="{escape(marks.label(total, marked))}" viewBox="0 0 {width} {height}"'
        f' preserveAspectRatio="none"><path class="base" d="M0 {height - 0.5:g}H{width}"/><path class="bars" d="{path}"/>'
        f"{tips}{marks.lines(marked, step, height)}</svg>"
    )


def histogram(
    counts: Sequence[int],
    names: Sequence[str],
    span: int,
    *,
    height: int = 56,
    unit: str = "hours",
    marked: Sequence[Mark] = (),
) -> SafeString:
    """A larger chart whose bars have a tooltip. `names` are those of the bars; `span` is how many `unit` they cover."""
    step = BAR + GAP
    width = len(counts) * step
    most = max(counts, default=0)
    bars = "".join(
        format_html(
            '<rect class="bars" x="{}" y="{}" width="{}" height="{}"><title>{}: {}</title></rect>',
            index * step, height - _height(count, most, height), BAR, _height(count, most, height),
            name, wording.counted(count, "event"),
        )
        for index, (count, name) in enumerate(zip(counts, names, strict=True))
        if count > 0
    )  # fmt: skip
    return format_html(
        '<svg class="histogram" role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">'
        '<path class="base" d="M0 {}H{}"/>{}{}</svg>',
        marks.label(label(sum(counts), span, unit), marked), width, height, f"{height - 0.5:g}", width, mark_safe(bars),
        marks.lines(marked, step, height),
    )  # fmt: skip


def days(counts: Sequence[int], most: int, *, height: int = 28) -> SafeString:
    """As `sparkline`, per day; a bar of `most` events has the whole height, so that the charts of a page can be compared."""
    step = BAR + GAP
    width = len(counts) * step
    path = "".join(
        f"M{index * step} {height}v-{max(_LOWEST, _height(count, most, height))}h{BAR}V{height}z"
        for index, count in enumerate(counts)
        if count > 0
    )
    return format_html(
        '<svg class="sparkline" role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">'
        '<path class="base" d="M0 {}H{}"/><path class="bars" d="{}"/></svg>',
        label(sum(counts), len(counts), "days"), width, height, f"{height - 0.5:g}", width, path,
    )  # fmt: skip


def share(part: int, total: int) -> SafeString:
    """`part` of `total` as a bar. It is hidden from screen readers: the number is beside it."""
    width = min(100, max(1, round(100 * part / total))) if total > 0 and part > 0 else 0
    return format_html(
        '<svg class="share" aria-hidden="true" viewBox="0 0 100 4" preserveAspectRatio="none">'
        '<path class="base" d="M0 2H100"/><rect class="bars" width="{}" height="4"/></svg>',
        width,
    )


def label(total: int, span: int, unit: str = "hours") -> str:
    """The chart in words: `1,204 events in 24 hours`."""
    return f"{wording.counted(total, 'event')} in {span} {unit}"


def _height(count: int, most: int, height: int) -> int:
    """Pixels, at least one for anything above zero: one event must be visible next to thousands."""
    return max(1, round(count * height / most)) if most and count > 0 else 0
