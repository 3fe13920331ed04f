from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template

from rustrak.lib.wording import ago_text, due_text
from rustrak.local_times import current
from rustrak.local_times.style import Style
from rustrak.templatetags import show
from rustrak.templatetags.show import count

NOW = datetime(2026, 11, 23, 19, 4, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=-59), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(days=1), "1 d ago"),
        (timedelta(days=6, hours=23), "6 d ago"),
        (timedelta(days=7), "16 Nov 2026"),
        (timedelta(days=-1), "24 Nov 2026"),
    ],
)
def test_ago(before: timedelta, text: str) -> None:
    assert ago_text(NOW - before, NOW) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "now"), (59, "now"), (61, "in 1 min"), (-180, "3 min ago"), (7300, "in 2 h"), (200_000, "in 2 d")],
)
def test_due(seconds: int, text: str) -> None:
    assert due_text(NOW + timedelta(seconds=seconds), NOW) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (1204, "1,204"),
        (99_999, "99,999"),
        (100_000, '<span title="100,000">100k</span>'),
        (120_999, '<span title="120,999">120k</span>'),
        (999_999, '<span title="999,999">999k</span>'),
        (1_000_000, '<span title="1,000,000">1.0M</span>'),
        (1_299_999, '<span title="1,299,999">1.2M</span>'),
        (1_234_500_000, '<span title="1,234,500,000">1,234.5M</span>'),
    ],
)
def test_count(number: int, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (None, "–"),
        (0.0, "0 ms"),
        (0.0514, "51 ms"),
        (12.34, "12.3 s"),
        (250, "4 min 10 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_duration(duration: float | None, text: str) -> None:
    assert show.duration(duration) == text


def test_shares_round_down() -> None:
    assert [show.percent_of(part, 1000) for part in (0, 1, 999, 1000)] == ["0%", "<1%", "99%", "100%"]
    assert [show.percent_not_of(bad, total) for bad, total in ((0, 9), (1, 30_000), (0, 0))] == [
        "100%",
        "99.99%",
        "–",
    ]


def test_in_a_template() -> None:
    template = Template(
        "{% load show %}{% ago moment %}|{{ number|count }}|{{ nothing|count }}|{% ago nothing %}"
        "|{% moment moment %}|{{ moment|day }}|{{ 4711|size }}|{{ 1|percent_of:3 }}|{% due nothing %}"
    )
    moment = datetime(2024, 2, 9, 3, 4, 5, tzinfo=UTC)
    assert template.render(Context({"moment": moment, "number": 120431, "nothing": None})) == (
        '<time datetime="2024-02-09T03:04:05Z" title="9 Feb 2024 03:04:05 UTC" data-ago>9 Feb 2024</time>'
        '|<span title="120,431">120k</span>|–|–'
        '|<time datetime="2024-02-09T03:04:05Z">9 Feb 2024 03:04:05 UTC</time>|<time datetime="2024-02-09T03:04:05Z">9 Feb 2024</time>|<span title="4,711 bytes">4.6 KiB</span>|33%|–'
    )


def test_in_the_zone_of_the_reader() -> None:
    template = Template(
        "{% load show %}{% moment at %}|{{ at|day }}|{{ at|same_day:later }}|{% precise at %}|{% precise at '2 s' %}|{% zone_name %}"
    )
    at = datetime(2024, 2, 9, 23, 4, 5, tzinfo=UTC)
    with current.shown_as(lambda: Style(ZoneInfo("Europe/Berlin"))):
        shown = template.render(Context({"at": at, "later": at + timedelta(hours=2)}))
    opened, utc = '<time datetime="2024-02-09T23:04:05Z" title=', "9 Feb 2024 23:04:05 UTC"
    assert shown.split("|") == [
        f'{opened}"{utc}">10 Feb 2024 00:04:05 UTC+1</time>',
        f'{opened}"{utc}">10 Feb 2024</time>',
        "True",
        f'{opened}"00:04:05.000 UTC+1 ({utc})">00:04:05.000</time>',
        f'{opened}"00:04:05.000 UTC+1 ({utc})">2 s</time>',
        "Europe/Berlin",
    ]
