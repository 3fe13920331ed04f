"""Events as a shop of many parts sends them: the same few words in many combinations, as code has them. Deterministic."""

from __future__ import annotations

import json
import random
from typing import Any

_VERBS = [
    "charge",
    "load",
    "render",
    "cancel",
    "refund",
    "send",
    "parse",
    "sync",
    "pick",
    "index",
    "close",
    "merge",
]
_NOUNS = [
    "card", "order", "cart", "invoice", "stock", "mail", "coupon", "address", "parcel", "label", "price", "basket",
    "session", "report", "voucher", "shelf", "supplier", "pallet", "return", "wishlist",
]  # fmt: skip
_ERRORS = [
    "KeyError",
    "ValueError",
    "TimeoutError",
    "IntegrityError",
    "PaymentDeclined",
    "TypeError",
    "HTTPError",
]
_PARTS = ["shop", "billing", "warehouse", "frontend", "mailer", "search"]
_BROWSERS = ["Firefox 132", "Chrome 131", "Safari 18", "Edge 130", "Chrome Mobile 131", "Samsung Internet 26"]
RELEASES, PEOPLE, CUSTOMERS = 40, 5_000, 2_000
#: Of each issue, every event has these frames.
FRAMES = 8


def _frame(chance: random.Random) -> dict[str, Any]:
    part, noun, verb = chance.choice(_PARTS), chance.choice(_NOUNS), chance.choice(_VERBS)
    return {
        "function": f"{verb}_{noun}", "module": f"{part}.{noun}s", "filename": f"{part}/{noun}s.py",
        "abs_path": f"/srv/app/{part}/{noun}s.py", "lineno": chance.randrange(10, 400), "in_app": True,
        "context_line": f"    return {verb}_{noun}({noun}, retries=3)",
        "pre_context": [f"def {verb}_{noun}({noun}):", "    # one more attempt"], "post_context": ["", ""],
    }  # fmt: skip


def event(number: int, issue: int) -> bytes:
    """The event of this number, of the issue of this number, as JSON of about 4 KB."""
    of_issue, chance = random.Random(issue), random.Random(number)
    part, noun, verb = of_issue.choice(_PARTS), of_issue.choice(_NOUNS), of_issue.choice(_VERBS)
    frames = [_frame(of_issue) for _ in range(FRAMES)]
    person = chance.randrange(PEOPLE)
    sent = {
        "platform": "python",
        "level": "fatal" if issue % 50 == 0 else "warning" if issue % 7 == 0 else "error",
        "transaction": f"/{part}/{noun}s/{verb}",
        "release": f"shop@1.{min(RELEASES - 1, int(chance.random() ** 0.5 * RELEASES))}.0",
        "environment": "staging" if chance.random() < 0.1 else "production",
        "server_name": f"web-{number % 8}",
        "logger": f"{part}.{noun}s",
        "exception": {
            "values": [
                {
                    "type": of_issue.choice(_ERRORS),
                    "value": f"{noun} {issue} could not be handled by {verb}",
                    "stacktrace": {"frames": frames},
                }
            ]
        },
        "request": {"method": "POST", "url": f"https://shop.example.org/{part}/{noun}s/{issue % 300}"},
        "user": {
            "id": str(person),
            "email": f"user{person}@example.org",
            "ip_address": f"10.0.{person // 250}.{person % 250}",
        },
        "tags": {
            "browser": chance.choice(_BROWSERS),
            "region": f"eu-{chance.randrange(6)}",
            "customer": f"c{chance.randrange(CUSTOMERS)}",
        },
        "contexts": {"runtime": {"name": "CPython", "version": "3.12.7"}},
    }
    return json.dumps(sent, separators=(",", ":")).encode()


def issue_of(number: int, issues: int) -> int:
    """Which of `issues` the event belongs to: each has one, and few have most."""
    return number if number < issues else int(issues * random.Random(number).random() ** 3)
