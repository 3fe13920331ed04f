"""The template filters and tags that word times, numbers, sizes, durations and shares: the same on every page."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from rustrak.lib import clock, wording
from rustrak.local_times import current
from rustrak.local_times.style import offset

register = template.Library()

NOTHING = "–"


@register.simple_tag
def ago(moment: datetime | None) -> str:
    """`{% ago moment %}`: a `<time>` with the local time and UTC in its title, which app.js keeps current; a dash for None."""
    if moment is None:
        return NOTHING
    style = current.style()
    # No text of others is in it, and a page has hundreds.
    return mark_safe(
        f'<time datetime="{clock.rfc3339(moment)}" title="{style.both(moment)}" data-ago>'
        f"{wording.ago_text(moment, clock.now(), style.day)}</time>"
    )


@register.simple_tag
def due(moment: datetime | None) -> str:
    """`{% due moment %}`: a `<time>` with the local time and UTC in its title; a dash for None."""
    if moment is None:
        return NOTHING
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        clock.rfc3339(moment),
        current.style().both(moment),
        wording.due_text(moment, clock.now()),
    )


@register.simple_tag
def moment(moment: datetime | None) -> str:
    """`{% moment moment %}`: a `<time>` with the local time as its text and UTC in its title; a dash for None."""
    return NOTHING if moment is None else _time(moment, current.style().moment(moment))


@register.simple_tag
def precise(moment: datetime, instead: str = "") -> str:
    """`{% precise moment %}`: the local time of day to the millisecond; with a second text that, and both times in the title."""
    style = current.style()
    title = f"{style.precise(moment)} {offset(style.at(moment))}"
    if not style.is_utc:
        title += f" ({style.in_utc(moment)})"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        clock.rfc3339(moment),
        title,
        instead or style.precise(moment),
    )


@register.simple_tag
def zone_name() -> str:
    """`{% zone_name %}`: the time zone of the reader, `Europe/Berlin` or `UTC`."""
    return current.style().zone_name


def _time(moment: datetime, text: str) -> str:
    """A `<time>` with UTC in its title, if the text is not in UTC."""
    style = current.style()
    if style.is_utc:
        return format_html('<time datetime="{}">{}</time>', clock.rfc3339(moment), text)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', clock.rfc3339(moment), style.in_utc(moment), text
    )


@register.filter
def day(value: date) -> str:
    """`{{ date|day }}`: `12 Nov 2026`; of a time its local day, with the time in UTC in its title."""
    text = current.style().day(value)
    return _time(value, text) if isinstance(value, datetime) else text


@register.filter
def same_day(one: datetime, other: datetime) -> bool:
    """`{% if one|same_day:other %}`: whether both are on one local day."""
    style = current.style()
    return style.at(one).date() == style.at(other).date()


@register.filter
def count(number: int | None) -> str | SafeString:
    """`{{ number|count }}`: `1,204`, or `120k` with the full number in a title; a dash for None."""
    if number is None:
        return NOTHING
    text = wording.short_number(number)
    full = wording.number(number)
    return text if text == full else format_html('<span title="{}">{}</span>', full, text)


@register.filter
def coded(text: str) -> SafeString:
    """Text of ours, in which what stands between backticks is code."""
    parts = text.split("`")
    return format_html_join(
        "",
        "{}",
        ((format_html("<code>{}</code>", part) if odd % 2 else part,) for odd, part in enumerate(parts)),
    )


@register.filter
def size(count: int) -> str | SafeString:
    """`{{ bytes|size }}`: `512 bytes`, or `4.6 KiB` with the exact number in a title."""
    text, exact = wording.size(count), wording.counted(count, "byte")
    return text if text == exact else format_html('<span title="{}">{}</span>', exact, text)


@register.filter
def duration(seconds: float | None) -> str:
    """`{{ seconds|duration }}`: `320 ms`, `3 min 5 s`; a dash for None."""
    return NOTHING if seconds is None else wording.duration(seconds)


@register.filter
def percent_of(part: int, total: int) -> str:
    """`{{ part|percent_of:total }}`: a share in whole percent, rounded down; `<1%` for anything above nothing."""
    return wording.percent(part, total)


@register.filter
def percent_not_of(part: int, total: int) -> str:
    """`{{ crashed|percent_not_of:total }}`: the share without `part`, rounded down; a dash for a total of 0."""
    return wording.percent_without(part, total)
