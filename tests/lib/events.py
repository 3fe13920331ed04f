"""Builds events as SDKs send them, for tests and the benchmark. Every call returns a new dict; `over` replaces keys.

`number` varies what differs between two events of one issue: ids, times, users, addresses.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from rustrak.lib import clock

_MODULES = ["shop.cart", "shop.orders", "shop.payment", "django.core.handlers.base", "shop.stock"]


def dumps(event: dict[str, Any]) -> bytes:
    """The event as JSON, as an SDK writes it into an envelope."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def python_frame(number: int, *, variables: bool = False, in_app: bool | None = None) -> dict[str, Any]:
    """One frame with source context; with `variables` also about 0.7 KB of locals."""
    module = _MODULES[number % len(_MODULES)]
    path = module.replace(".", "/") + ".py"
    mine = module.startswith("shop") if in_app is None else in_app
    frame: dict[str, Any] = {
        "filename": path,
        "abs_path": f"/srv/{'app' if mine else 'venv/lib/python3.12/site-packages'}/{path}",
        "function": f"step_{number}",
        "module": module,
        "lineno": 40 + number * 7,
        "pre_context": ["", f"    def step_{number}(self, order):", '        """Go one step further."""'],
        "context_line": f"        total = self.step_{number + 1}(order, retries={number})",
        "post_context": [
            "        if total is None:",
            "            raise ValueError(order)",
            "        return total",
        ],
        "in_app": mine,
    }
    if variables:
        frame["vars"] = {
            "self": f"<shop.cart.Cart object at 0x7f3a{number:08x}>",
            "order": {
                "id": str(4_100_000 + number * 37),
                "lines": [
                    {"sku": f"'SKU-{number}-{line}'", "amount": str(line * 3 + 1)} for line in range(6)
                ],
                "address": {"street": "'Invalidenstraße 117'", "city": "'Berlin'", "zip": "'10115'"},
                "note": "'" + "please ring twice, the bell is broken; " * 4 + "'",
            },
            "retries": str(number),
            "total": "None",
            "request": "<WSGIRequest: POST '/checkout/confirm/?step=3'>",
            "settings": ["'EUR'", "'de-DE'", "True", "None", "12.5"],
        }
    return frame


def _breadcrumb(number: int, at: datetime) -> dict[str, Any]:
    return {
        "timestamp": clock.rfc3339(at - timedelta(seconds=30 - number)),
        "type": "http" if number % 2 else "default",
        "category": "httplib" if number % 2 else "query",
        "level": "info",
        "message": f"SELECT id, name FROM shop_article WHERE category = {number} ORDER BY name",
        "data": {
            "url": f"https://stock.example.org/api/v2/articles/{number}",
            "method": "GET",
            "status_code": 200,
        },
    }


def python_event(
    number: int = 0, *, frames: int = 10, variables: bool = False, **over: Any
) -> dict[str, Any]:
    """An unhandled Python exception with frames, five breadcrumbs, request, user, tags and contexts."""
    at = clock.now()
    event: dict[str, Any] = {
        "event_id": uuid.uuid4().hex,
        "timestamp": clock.rfc3339(at),
        "platform": "python",
        "level": "error",
        "transaction": "/checkout/confirm/",
        "release": "shop@2.14.0",
        "environment": "production",
        "server_name": f"web-{number % 4}",
        "logger": "shop.checkout",
        "exception": {
            "values": [
                {
                    "type": "PaymentDeclined",
                    "module": "shop.payment",
                    "value": f"card {1000 + number % 9000} was declined\nprovider said: insufficient funds",
                    "mechanism": {"type": "django", "handled": False},
                    "stacktrace": {"frames": [python_frame(n, variables=variables) for n in range(frames)]},
                }
            ]
        },
        "breadcrumbs": {"values": [_breadcrumb(n, at) for n in range(5)]},
        "request": {
            "method": "POST",
            "url": "https://shop.example.org/checkout/confirm/",
            "query_string": "step=3",
            "headers": {
                "Host": "shop.example.org",
                "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/132.0",
            },
        },
        "user": {
            "id": str(number),
            "email": f"user{number}@example.org",
            "ip_address": f"192.0.2.{number % 250 + 1}",
        },
        "tags": {"region": "eu-central", "plan": "premium" if number % 3 else "free", "handler": "checkout"},
        "contexts": {
            "runtime": {"name": "CPython", "version": "3.12.7", "build": "3.12.7 (main, Oct  1 2024)"},
            "trace": {"trace_id": uuid.uuid4().hex, "span_id": uuid.uuid4().hex[:16], "op": "http.server"},
        },
        "extra": {"sys.argv": ["manage.py", "runserver"]},
        "sdk": {
            "name": "sentry.python.django",
            "version": "2.19.0",
            "packages": [],
            "integrations": ["django"],
        },
    }
    return event | over


def small_event(number: int = 0, **over: Any) -> dict[str, Any]:
    """The benchmark's small event: ten frames, five breadcrumbs, user and tags, about 4.6 KB."""
    event = python_event(number, frames=10)
    for frame in event["exception"]["values"][0]["stacktrace"]["frames"]:
        frame["pre_context"] = frame["pre_context"][1:2]
        frame["post_context"] = frame["post_context"][:1]
        del frame["abs_path"]
    for crumb in event["breadcrumbs"]["values"]:
        del crumb["data"]
    return event | over


def big_event(number: int = 0, **over: Any) -> dict[str, Any]:
    """The benchmark's big event: a 40-frame Python stack with local variables, about 50 KB."""
    return python_event(number, frames=40, variables=True, **over)


def javascript_event(number: int = 0, **over: Any) -> dict[str, Any]:
    """An unhandled browser exception as @sentry/browser sends it: epoch time, no `length`, `infer_ip`."""
    origin = "https://shop.example.org/static/js"
    event: dict[str, Any] = {
        "event_id": uuid.uuid4().hex,
        "timestamp": clock.now().timestamp(),
        "platform": "javascript",
        "level": "error",
        "environment": "production",
        "release": "shop-web@5.2.1",
        "exception": {
            "values": [
                {
                    "type": "TypeError",
                    "value": "Cannot read properties of undefined (reading 'price')",
                    "mechanism": {"type": "onerror", "handled": False},
                    "stacktrace": {
                        "frames": [
                            {"filename": f"{origin}/vendor.js", "function": "dispatch", "lineno": 1, "colno": 88213, "in_app": False},
                            {"filename": f"{origin}/app.js", "function": "HTMLButtonElement.onclick", "lineno": 41, "colno": 7, "in_app": True},
                            {"filename": f"{origin}/app.js", "function": "addToCart", "lineno": 17, "colno": 22, "in_app": True},
                        ]
                    },
                }
            ]
        },
        "breadcrumbs": [
            {"timestamp": clock.now().timestamp() - 3, "category": "ui.click", "message": "button#buy"},
            {"timestamp": clock.now().timestamp() - 1, "category": "console", "level": "warning", "message": "slow stock"},
        ],
        "request": {"url": f"https://shop.example.org/article/{number}", "headers": {"User-Agent": "Mozilla/5.0 Chrome/131.0"}},
        "user": {"id": str(number)},
        "tags": [["page", "article"], ["cart.size", "3"]],
        "sdk": {"name": "sentry.javascript.browser", "version": "8.40.0", "settings": {"infer_ip": "auto"}},
    }  # fmt: skip
    return event | over


def message_event(text: str = "Stock is low", **over: Any) -> dict[str, Any]:
    """What capture_message sends."""
    event: dict[str, Any] = {
        "event_id": uuid.uuid4().hex,
        "timestamp": datetime.now(UTC).timestamp(),
        "platform": "python",
        "level": "info",
        "message": text,
    }
    return event | over


def tagged_event() -> dict[str, Any]:
    """An event with something for every key of the grammar of searches."""
    return {
        "exception": {
            "values": [
                {"type": "IOError", "value": "disk is full"},
                {
                    "type": "PaymentDeclined",
                    "module": "shop.payment",
                    "value": "card 42",
                    "stacktrace": {
                        "frames": [
                            {
                                "function": "chargeCard",
                                "filename": "billing/charge.py",
                                "module": "billing.charge",
                            }
                        ]
                    },
                },
            ]
        },
        "request": {"url": "https://shop.example.org/checkout/pay?step=3"},
        "transaction": "/checkout/{id}",
        "logger": "shop.pay",
        "tags": {"browser": "Firefox 132", "url": "mine"},
        "user": {"id": 8812, "username": "Änna", "ip_address": "2001:db8:0::1"},
    }
