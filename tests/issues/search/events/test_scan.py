"""An issue of one event is found by the same searches as its event."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.models import Project
from issues.models import Issue
from issues.record import writer
from issues.search import Scope, find
from issues.search.events.conditions import wanted
from issues.search.events.scan import scan
from tests.lib import events
from tests.lib.occurrences import NOW, occurrence

SEARCHES = (
    "charge|chargeCard|charg*card|'charge card'|PaymentDeclined|disk full|shop.pay|132|type:ioerror|type:*error|type:io|"
    "function:chargeCard|function:'charge'|function:step_1|file:billing/charge.py|file:charge.py|module:shop.payment|module:billing|"
    "url:/checkout|url:*step*|url:'https://shop.example.org/checkout/pay?step=3'|transaction:checkout|transaction:'/checkout/{id}'|"
    "message:card|message:insufficient|browser:'Firefox 132'|browser:Fire*|browser:fire*|tags[url]:mine|has:browser|has:stacktrace|"
    "has:user|has:release|has:environment|user:8812|user.username:änna|user.ip:2001:db8::1|user.email:USER3@example.org|user:*@example.org|"
    "level:error|level:>warning|level:[debug,fatal]|environment:prod*|environment:production|release:shop@2.14.0|release:>=2.14|"
    "release:<2|release:latest|last-seen:<2d|first-seen:>1w|region:eu-central|-region:eu-central|-level:error|-has:user|nothing|'eu central'"
)  # fmt: skip


@pytest.mark.django_db
def test_events_and_issues_are_found_by_the_same_words(shop: Project) -> None:
    sent = [
        events.tagged_event(),
        events.python_event(3),
        events.message_event("Stock is low"),
        events.javascript_event(7),
    ]
    for number, event in enumerate(sent):
        one = occurrence({**event, "fingerprint": [str(number)], "timestamp": NOW.timestamp()})
        writer.record(shop.pk, [one], NOW)
    scope = Scope([shop], None, datetime(2026, 11, 23, 20, tzinfo=UTC))
    wrong = []
    for text in SEARCHES.replace("'", '"').split("|"):
        found = find(shop.issues.all(), text, scope)
        assert not found.mistakes, (text, found.mistakes)
        want = wanted(text, scope)
        assert not want.mistakes, text
        by_event = {
            issue.pk
            for issue in Issue.objects.all()
            if scan(
                issue.events.filter(want.condition),
                want,
                ["digest_order"],
                descending=True,
                cursor=None,
                limit=1,
            ).items
        }
        by_issue = set(found.issues.values_list("pk", flat=True))
        if by_event != by_issue:
            titles = dict(Issue.objects.values_list("pk", "title"))
            wrong.append(
                (text, "events", [titles[pk] for pk in by_event], "issues", [titles[pk] for pk in by_issue])
            )
    assert wrong == []
