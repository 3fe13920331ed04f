"""Builds a test event that uses everything an event page can show: the failed checkout of a small shop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rustrak.lib import clock, ids

RELEASE, ENVIRONMENT = "shop@1.4.2", "test"
_APP = "/srv/shop/"
_LIBRARY = "/srv/shop/.venv/lib/python3.12/site-packages/"


def event(now: datetime) -> dict[str, Any]:
    """A new error event of the time `now`, as an SDK would send it."""
    return {
        "event_id": ids.new_event_id(),
        "timestamp": clock.rfc3339(now),
        "platform": "python",
        "level": "error",
        "logger": "shop.checkout",
        "transaction": "/checkout/confirm",
        "server_name": "web-1",
        "release": RELEASE,
        "environment": ENVIRONMENT,
        "sdk": {"name": "rustrak.test-event", "version": "1.0"},
        "exception": {"values": [_cause(), _error()]},
        "breadcrumbs": {"values": _breadcrumbs(now)},
        "request": {
            "method": "POST",
            "url": "https://shop.example.org/checkout/confirm",
            "query_string": "step=3",
            "headers": {
                "Content-Type": "application/json",
                "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0",
            },
            "data": {"cart": 4711, "payment": "card"},
        },
        "user": {"id": "42", "username": "robin", "email": "robin@example.org", "ip_address": "192.0.2.7"},
        "tags": {"payment.provider": "examplepay", "checkout.step": "confirm", "test": "yes"},
        "contexts": {
            "runtime": {"type": "runtime", "name": "CPython", "version": "3.12.4"},
            "os": {"type": "os", "name": "Linux", "version": "6.1"},
        },
        "extra": {
            "note": "This event was sent by Rustrak to show that everything works.",
            "attempts": [1, 2, 3],
        },
        "modules": {"django": "5.2.1", "requests": "2.32.3"},
    }


def _cause() -> dict[str, Any]:
    return {
        "type": "ConnectionError",
        "value": "pay.example.org:443 did not answer within 3 s",
        "module": "requests.exceptions",
        "mechanism": {"type": "chained", "exception_id": 1, "parent_id": 0, "source": "__cause__", "handled": False},
        "stacktrace": {
            "frames": [
                _frame(
                    "shop/payment.py", "charge", 31, in_app=True,
                    before=["def charge(order, card):", "    payload = {'amount': str(order.total), 'card': card.token}"],
                    line="    answer = session.post(PROVIDER_URL, json=payload, timeout=3)",
                    after=["    answer.raise_for_status()", "    return answer.json()['id']"],
                    variables={"order": "<Order 4711>", "card": "[Filtered]", "payload": {"amount": "'19.90'", "card": "[Filtered]"}},
                ),
                _frame(
                    "requests/sessions.py", "post", 637, in_app=False,
                    before=['        """Sends a POST request."""', ""],
                    line='        return self.request("POST", url, data=data, json=json, **kwargs)',
                    after=[""],
                    variables={"url": "'https://pay.example.org/v1/charges'", "kwargs": {"timeout": "3"}},
                ),
            ]
        },
    }  # fmt: skip


def _error() -> dict[str, Any]:
    return {
        "type": "PaymentFailed",
        "value": "order 4711 could not be charged",
        "module": "shop.payment",
        "mechanism": {"type": "django", "exception_id": 0, "handled": False},
        "stacktrace": {
            "frames": [
                _frame(
                    "django/core/handlers/base.py", "_get_response", 197, in_app=False,
                    before=["            try:"],
                    line="                response = wrapped_callback(request, *callback_args, **callback_kwargs)",
                    after=["            except Exception as e:", "                response = self.process_exception_by_middleware(e, request)"],
                    variables={"request": "<WSGIRequest: POST '/checkout/confirm?step=3'>"},
                ),
                _frame(
                    "shop/views.py", "confirm", 88, in_app=True,
                    before=["def confirm(request):", "    order = Order.objects.get(pk=request.session['order'])", "    card = request.user.default_card"],
                    line="    receipt = pay(order, card)",
                    after=["    order.mark_paid(receipt)", "    return redirect('thanks', order.pk)"],
                    variables={"order": "<Order 4711>", "request": "<WSGIRequest: POST '/checkout/confirm?step=3'>"},
                ),
                _frame(
                    "shop/payment.py", "pay", 47, in_app=True,
                    before=["    try:", "        return Receipt(charge(order, card))", "    except ConnectionError as error:"],
                    line="        raise PaymentFailed(f'order {order.pk} could not be charged') from error",
                    after=["", "", "def refund(receipt):"],
                    variables={"order": "<Order 4711>", "attempts": "3", "total": "Decimal('19.90')"},
                ),
            ]
        },
    }  # fmt: skip


def _frame(
    filename: str, function: str, line_number: int, *, in_app: bool,
    before: list[str], line: str, after: list[str], variables: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    return {
        "filename": filename,
        "abs_path": (_APP if in_app else _LIBRARY) + filename,
        "module": filename.removesuffix(".py").replace("/", "."),
        "function": function,
        "lineno": line_number,
        "in_app": in_app,
        "pre_context": before,
        "context_line": line,
        "post_context": after,
        "vars": variables,
    }


def _breadcrumbs(now: datetime) -> list[dict[str, Any]]:
    def crumb(seconds: float, **rest: Any) -> dict[str, Any]:
        return {"timestamp": clock.rfc3339((now - timedelta(seconds=seconds)).astimezone(UTC)), **rest}

    return [
        crumb(41.2, type="navigation", category="navigation", data={"from": "/cart", "to": "/checkout"}),
        crumb(9.8, category="ui.click", message="button#confirm"),
        crumb(3.6, category="query", message="SELECT * FROM shop_order WHERE id = 4711", level="debug"),
        crumb(
            3.1, type="http", category="httplib", level="warning",
            data={"method": "POST", "url": "https://pay.example.org/v1/charges", "reason": "timed out"},
        ),
        crumb(0.1, category="shop.payment", level="error", message="giving up on order 4711 after 3 attempts"),
    ]  # fmt: skip
