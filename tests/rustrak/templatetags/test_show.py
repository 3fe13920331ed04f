from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template

from rustrak.templatetags.show import ago_text, count_text

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
    ("number", "text"),
    [
        (0, "0"),
        (1204, "1,204"),
        (99_999, "99,999"),
        (100_000, "100k"),
        (120_999, "120k"),
        (999_999, "999k"),
        (1_000_000, "1.0M"),
        (1_299_999, "1.2M"),
        (1_234_500_000, "1,234.5M"),
    ],
)
def test_count(number: int, text: str) -> None:
    assert count_text(number) == text


def test_in_a_template() -> None:
    template = Template(
        "{% load show %}{% ago moment %}|{{ number|count }}|{{ nothing|count }}|{% ago nothing %}"
    )
    moment = datetime(2024, 2, 9, 3, 4, 5, tzinfo=UTC)
    assert template.render(Context({"moment": moment, "number": 120431, "nothing": None})) == (
        '<time datetime="2024-02-09T03:04:05Z" title="9 Feb 2024 03:04:05 UTC" data-ago>9 Feb 2024</time>'
        '|<span title="120,431">120k</span>|–|–'
    )
