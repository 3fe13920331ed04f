"""The template filters and tags that word times, numbers, sizes, durations and shares: the same on every page."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rustrak.lib import clock, wording

register = template.Library()

NOTHING = "–"
_DAYS_RELATIVE = 7


def day_text(day: date) -> str:
    """`12 Nov 2026`."""
    return f"{day:%-d %b %Y}"


def moment_text(moment: datetime) -> str:
    """`12 Nov 2026 09:05:00 UTC`."""
    return f"{moment.astimezone(UTC):%-d %b %Y %H:%M:%S} UTC"


def ago_text(moment: datetime, now: datetime) -> str:
    """`moment` as seen from `now` (both aware): `just now`, `2 min ago`, `3 h ago`, `4 d ago`, `12 Nov 2026`."""
    seconds = int((now - moment).total_seconds())
    if -60 <= seconds < 60:
        return "just now"
    if 0 < seconds < 3600:
        return f"{seconds // 60} min ago"
    if 0 < seconds < 86400:
        return f"{seconds // 3600} h ago"
    if 0 < seconds < _DAYS_RELATIVE * 86400:
        return f"{seconds // 86400} d ago"
    return day_text(moment.astimezone(UTC))


def due_text(moment: datetime, now: datetime) -> str:
    """When something is due, as seen from `now`: `now`, `in 5 min`, `in 3 h`, `in 2 d`; `3 min ago` once it is past."""
    seconds = int((moment - now).total_seconds())
    distance = abs(seconds)
    if distance < 60:
        return "now"
    if distance < 3600:
        text = f"{distance // 60} min"
    elif distance < 2 * 86400:
        text = f"{distance // 3600} h"
    else:
        text = f"{wording.number(distance // 86400)} d"
    return f"in {text}" if seconds > 0 else f"{text} ago"


@register.simple_tag
def ago(moment: datetime | None) -> str:
    """`{% ago moment %}`: a `<time>` with the absolute time in its title, which app.js keeps current; a dash for None."""
    if moment is None:
        return NOTHING
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        clock.rfc3339(moment),
        moment_text(moment),
        ago_text(moment, clock.now()),
    )


@register.simple_tag
def due(moment: datetime | None) -> str:
    """`{% due moment %}`: a `<time>` with the absolute time in its title; a dash for None."""
    if moment is None:
        return NOTHING
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        clock.rfc3339(moment),
        moment_text(moment),
        due_text(moment, clock.now()),
    )


@register.simple_tag
def moment(moment: datetime | None) -> str:
    """`{% moment moment %}`: a `<time>` with the absolute time as its text; a dash for None."""
    if moment is None:
        return NOTHING
    return format_html('<time datetime="{}">{}</time>', clock.rfc3339(moment), moment_text(moment))


@register.filter
def day(value: date) -> str:
    """`{{ date|day }}`: `12 Nov 2026`."""
    return day_text(value)


@register.filter
def count(number: int | None) -> str | SafeString:
    """`{{ number|count }}`: `1,204`, or `120k` with the full number in a title; a dash for None."""
    if number is None:
        return NOTHING
    text = wording.short_number(number)
    full = wording.number(number)
    return text if text == full else format_html('<span title="{}">{}</span>', full, text)


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
