"""Notices as `deliver` builds them, for tests of what sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from issues.alerts.notice import AboutIssue, AboutProject, Notice
from issues.models import News

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
URL = "http://127.0.0.1:8000"
CODE = """\
    def pay(request):
        order = Order.objects.get(pk=request.POST["order"])
        total = sum(line["price"] for line in order.lines)
>       charge(order.data['order_id'], total)
        order.paid_at = now()
        return redirect("thanks")
"""


def about_project(**fields: Any) -> AboutProject:
    values = {
        "name": "Shop", "slug": "shop", "url": f"{URL}/projects/shop/issues/",
        "alerts_url": f"{URL}/projects/shop/alerts/",
    }  # fmt: skip
    return AboutProject(**values | fields)


def about_issue(number: int = 12, **fields: Any) -> AboutIssue:
    key = UUID(int=number)
    values: dict[str, Any] = {
        "id": key,
        "short_id": f"SHOP-{number}",
        "title": "KeyError: 'order_id'",
        "culprit": "checkout.views.pay",
        "level": "error",
        "status": "open",
        "url": f"{URL}/projects/shop/issues/{key}/",
        "first_seen": NOON - timedelta(minutes=5),
        "last_seen": NOON,
        "events": 1204,
        "users": 37,
        "environment": "production",
        "release": "shop@1.4.2",
        "frame": "pay in checkout/views.py:43",
        "excerpt": CODE,
    }
    return AboutIssue(**values | fields)


def notice(news: News = News.NEW, **fields: Any) -> Notice:
    """About one issue, unless `issue` is None."""
    values: dict[str, Any] = {
        "id": UUID(int=7),
        "news": news,
        "at": NOON,
        "project": about_project(),
        "headline": "New issue",
        "issue": about_issue(),
        "rule": "New and regressed issues",
    }
    values |= fields
    if "url" not in fields:
        values["url"] = values["issue"].url if values["issue"] else values["project"].url
    return Notice(**values)


def burst(total: int = 10_000, **fields: Any) -> Notice:
    """Of so many new issues, of which the first 100 are listed."""
    listed = tuple(about_issue(number, **fields) for number in range(1, min(total, 100) + 1))
    return notice(
        News.BURST,
        headline=f"{total:,} new issues",
        issue=None,
        listed=listed,
        total=total,
        url=about_project().url,
    )
