"""How times and counts are worded on every page."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rustrak.lib import clock

register = template.Library()

_DAYS_RELATIVE = 7


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
    return f"{moment.astimezone(UTC):%-d %b %Y}"


@register.simple_tag
def ago(moment: datetime | None) -> str:
    """`{% ago moment %}`: a `<time>` with the absolute time in its title; a dash for None."""
    if moment is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        clock.rfc3339(moment),
        f"{moment.astimezone(UTC):%-d %b %Y %H:%M:%S} UTC",
        ago_text(moment, clock.now()),
    )


@register.simple_tag
def moment(moment: datetime | None) -> str:
    """`{% moment moment %}`: a `<time>` with the absolute time as its text; a dash for None."""
    if moment is None:
        return "–"
    return format_html(
        '<time datetime="{}">{} UTC</time>',
        clock.rfc3339(moment),
        f"{moment.astimezone(UTC):%-d %b %Y %H:%M:%S}",
    )


def count_text(number: int) -> str:
    """`1,204`; from 100,000 on cut to `120k`, `1.2M`: never more than there are."""
    if number < 100_000:
        return f"{number:,}"
    if number < 1_000_000:
        return f"{number // 1000}k"
    millions = number // 100_000
    return f"{millions // 10:,}.{millions % 10}M"


@register.filter
def count(number: int | None) -> str | SafeString:
    """`{{ number|count }}`: with the full number in a title where the text is cut; a dash for None."""
    if number is None:
        return "–"
    text = count_text(number)
    return text if number < 100_000 else format_html('<span title="{}">{}</span>', f"{number:,}", text)
