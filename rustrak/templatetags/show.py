"""The template filters and tags that word times, numbers, sizes, durations and shares: the same on every page."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from rustrak.lib import clock, wording

register = template.Library()

NOTHING = "–"


@register.simple_tag
def ago(moment: datetime | None) -> str:
    """`{% ago moment %}`: a `<time>` with the absolute time in its title, which app.js keeps current; a dash for None."""
    if moment is None:
        return NOTHING
    # No text of others is in it, and a page has hundreds.
    return mark_safe(
        f'<time datetime="{clock.rfc3339(moment)}" title="{wording.moment_text(moment)}" data-ago>'
        f"{wording.ago_text(moment, clock.now())}</time>"
    )


@register.simple_tag
def due(moment: datetime | None) -> str:
    """`{% due moment %}`: a `<time>` with the absolute time in its title; a dash for None."""
    if moment is None:
        return NOTHING
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        clock.rfc3339(moment),
        wording.moment_text(moment),
        wording.due_text(moment, clock.now()),
    )


@register.simple_tag
def moment(moment: datetime | None) -> str:
    """`{% moment moment %}`: a `<time>` with the absolute time as its text; a dash for None."""
    if moment is None:
        return NOTHING
    return format_html('<time datetime="{}">{}</time>', clock.rfc3339(moment), wording.moment_text(moment))


@register.filter
def day(value: date) -> str:
    """`{{ date|day }}`: `12 Nov 2026`."""
    return wording.day_text(value)


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
