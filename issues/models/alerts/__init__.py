"""What is told to whom: facts, rules, channels, deliveries, and what people chose for themselves.

fact.py      what one transaction changed, until `deliver` has compared it with the rules
rule.py      when to tell whom about what, and what a rule has told already
channel.py   where messages go besides people's mailboxes
delivery.py  the messages, their attempts, and the conversations they belong to
deliverer.py what `deliver` remembers of itself
person.py    what a person chose: quiet hours, summaries, projects they get no mail about
"""

from __future__ import annotations

from issues.models.alerts.channel import AlertChannel
from issues.models.alerts.deliverer import AlertDeliverer
from issues.models.alerts.delivery import AlertAttempt, AlertDelivery, AlertThread
from issues.models.alerts.fact import AlertFact, AlertVolume, News
from issues.models.alerts.person import AlertOptOut, AlertPreferences
from issues.models.alerts.rule import AlertMark, AlertRule

__all__ = [
    "AlertAttempt",
    "AlertChannel",
    "AlertDeliverer",
    "AlertDelivery",
    "AlertFact",
    "AlertMark",
    "AlertOptOut",
    "AlertPreferences",
    "AlertRule",
    "AlertThread",
    "AlertVolume",
    "News",
]
