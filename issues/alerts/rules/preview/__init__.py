"""What a rule would have sent over the past days, from what is stored: shown before the rule is saved.

working.py        puts it together
happened.py       what happened, as the filters see it
issue_changes.py  new, regressed and unmuted issues, from their history
hours.py          escalating issues and spikes, from the counts of hours
monitor_runs.py   monitors that failed and recovered, from their check-ins
simulation.py     cooldowns and bursts
answer.py         what it returns
"""

from __future__ import annotations

from issues.alerts.rules.preview.answer import MOST_LISTED, PERIOD, Message, Preview
from issues.alerts.rules.preview.working import run

__all__ = ["MOST_LISTED", "PERIOD", "Message", "Preview", "run"]
