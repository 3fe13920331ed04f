from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from ingest.ledger import latest_requests
from ingest.spool import backlog_age
from issues import forgetting, remapping
from issues.alerts.delivery import restored, turns
from issues.alerts.delivery import run as alerts
from issues.artifacts import fetching
from issues.artifacts.assembly import waiting
from issues.bulk_actions import work
from issues.monitors import overdue
from issues.states import moves
from rustrak.lib import clock
from rustrak.lib.database import startup
from rustrak.lib.wording import counted
from rustrak.mail import delivery, outbox
from rustrak.run import loops

DROPPED = "An operator dropped all alerts that waited."


def watch_monitors() -> None:
    """Record runs of monitored jobs that did not start when they were due, or did not finish in time."""
    now = clock.now()
    try:
        overdue.detect(now, backlog_age.digested_until(settings.INGEST_DIR, now))
    finally:
        connections.close_all()


def send_mail(*, until_empty: bool = False) -> None:
    """Send the messages that are due: as many as one run may, or all."""
    try:
        while delivery.deliver() and until_empty:
            continue
    finally:
        connections.close_all()


def send_alerts(*, drain: bool = False) -> None:
    """Compare what changed with the rules, and send the alerts that are due; with `drain` until none is."""
    try:
        alerts.run(drain=drain)
    finally:
        connections.close_all()


def act_on_issues() -> None:
    """Carry out the actions on many issues that wait."""
    try:
        work.run()
    finally:
        connections.close_all()


def apply_maps() -> None:
    """Apply source maps and debug files to the issues of releases for which a person asked that."""
    try:
        remapping.run()
    finally:
        connections.close_all()


def forget_people() -> None:
    """Forget the people whom somebody asked to forget."""
    try:
        forgetting.run(latest_requests.forget)
    finally:
        connections.close_all()


def unmute_issues() -> None:
    """Open the muted issues whose time has come."""
    try:
        moves.unmute_due(clock.now())
    finally:
        connections.close_all()


def fetch_maps() -> None:
    """Fetch the scripts and maps that were asked for from the sites that projects allow."""
    try:
        fetching.run()
    finally:
        connections.close_all()


def assemble_uploads() -> None:
    """Assemble the uploads that nobody works on."""
    try:
        waiting.run()
    finally:
        connections.close_all()


# Lanes of their own: a mail server that does not answer delays no monitor, and nobody's password waits for `retain`.
LOOPS = [
    loops.Loop("watch monitors", 15, watch_monitors, apart=True, lane="monitors"),
    # An index of few rows tells that there is nothing to do.
    loops.Loop("unmute issues", 20, unmute_issues, apart=True, lane="unmuting"),
    # A fork takes some 20 ms. This machine's messages are sent at once, those of others and further attempts in turn.
    loops.Loop(
        "mail", 30, send_mail, apart=True, urgent=outbox.is_touched, urgent_after=3, wakes=True, lane="mail"
    ),
    # A stop lets it note what it has sent, so that nothing is sent twice.
    loops.Loop(
        "alerts",
        30,
        send_alerts,
        apart=True,
        urgent=turns.is_due,
        urgent_after=1,
        wakes=True,
        lane="alerts",
        grace=5,
    ),
    # A stop lets it give its lease back, so that the next process need not wait for the end of it.
    loops.Loop(
        "actions",
        30,
        act_on_issues,
        apart=True,
        urgent=work.is_waiting,
        urgent_after=1,
        wakes=True,
        lane="actions",
        grace=2,
    ),
    # What this machine's processes ask for is fetched soon, what others ask for in turn.
    loops.Loop(
        "fetch maps",
        300,
        fetch_maps,
        apart=True,
        urgent=fetching.is_waiting,
        urgent_after=1,
        lane="fetching",
    ),
    # Most are assembled by the request that asks for them.
    loops.Loop(
        "uploads",
        60,
        assemble_uploads,
        apart=True,
        urgent=waiting.is_waiting,
        urgent_after=2,
        wakes=True,
        lane="uploads",
    ),
    loops.Loop(
        "maps",
        30,
        apply_maps,
        apart=True,
        urgent=remapping.is_waiting,
        urgent_after=1,
        wakes=True,
        lane="maps",
        grace=2,
    ),
    loops.Loop(
        "forgetting",
        30,
        forget_people,
        apart=True,
        urgent=forgetting.is_waiting,
        urgent_after=1,
        wakes=True,
        lane="forgetting",
        grace=2,
    ),
]


class Command(BaseCommand):
    help = "Detect missed and timed-out runs of cron monitors, send mail and alerts, and carry out actions on many issues, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once",
            action="store_true",
            help="look at all monitors, do and send what waits, once, then exit",
        )
        parser.add_argument(
            "--drop-waiting",
            action="store_true",
            help="drop all alerts that wait to be sent, and what has changed so far, then exit",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        startup.require()
        if options["drop_waiting"]:
            now = clock.now()
            changes, messages = restored.drop_waiting(DROPPED, now, Path(settings.RUN_DIR), now)
            self.stdout.write(
                f"{counted(messages, 'alert')} and {counted(changes, 'change')} will not be sent"
            )
        elif options["once"]:
            watch_monitors()
            unmute_issues()
            act_on_issues()
            fetch_maps()
            assemble_uploads()
            apply_maps()
            forget_people()
            send_alerts(drain=True)
            # Summaries as well, which the line above has asked for.
            send_mail(until_empty=True)
        else:
            loops.run(LOOPS, settings.RUN_DIR)
