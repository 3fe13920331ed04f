"""The metrics, collected anew for each request: every web process gives the same answer, and none keeps counters."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.db.models import Count, Sum
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from accounts.models import Project
from ingest import free_space
from ingest.digest import stats
from ingest.models import OutcomeCount
from issues.alerts.delivery import standing
from issues.models import Issue
from issues.retention import trusted_clock
from rustrak.lib import presence
from rustrak.lib.disk import space
from rustrak.lib.version import version
from rustrak.ops import depth

log = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ROLES = (
    "web",
    "digest",
    "watch-monitors",
    "mail",
    "alerts",
    "actions",
    "retain",
    "budgets",
    "delete",
    "reindex",
    "symbols",
)
# Each project is a series of its own: at most this many, those with the most events.
MAX_PROJECTS = 100


def text(now: float) -> bytes:
    """The metrics at `now` (Unix time) in Prometheus' text format 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Metrics(now))
    return generate_latest(registry)


class _Metrics(Collector):
    def __init__(self, now: float) -> None:
        self._now = now

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(
            "rustrak_build",
            "Version of Rustrak and of what it runs on.",
            {"version": version(), "python": platform.python_version(), "database": connection.vendor},
        )
        yield from _spool(Path(settings.INGEST_DIR), self._now)
        yield from _disks()
        yield from _processes(Path(settings.RUN_DIR))
        yield from _digests(Path(settings.RUN_DIR))
        yield from _database(self._now)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"rustrak_{name}", meaning, value=value)


def _spool(directory: Path, now: float) -> Iterator[Metric]:
    try:
        found, aside = depth.measure(directory, now), depth.quarantined(directory)
    except OSError as error:
        log.warning("the spool cannot be measured: %s", error)
        yield _gauge("spool_readable", "Whether the spool can be read.", 0)
        return
    yield _gauge("spool_readable", "Whether the spool can be read.", 1)
    yield _gauge("spool_segments", "Segments waiting to be processed.", found.segments)
    yield _gauge("spool_large_items", "Large items waiting in files of their own.", found.large_items)
    yield _gauge("spool_bytes", "Bytes waiting to be processed.", found.bytes)
    yield _gauge("spool_limit_bytes", "MAX_SPOOL_BYTES; 0 means no limit.", settings.MAX_SPOOL_BYTES)
    yield _gauge(
        "spool_oldest_age_seconds", "Age of the oldest waiting segment; 0 when there is none.", found.oldest
    )
    yield _gauge("quarantine_records", "Records set aside because they could not be stored.", aside.records)
    yield _gauge("quarantine_bytes", "What they take up on disk.", aside.bytes)
    yield _gauge(
        "quarantine_limit_bytes", "MAX_SET_ASIDE_BYTES; 0 means no limit.", settings.MAX_SET_ASIDE_BYTES
    )


def _disks() -> Iterator[Metric]:
    free = GaugeMetricFamily(
        "rustrak_disk_free_bytes", "Free bytes of the file system.", labels=["directory"]
    )
    floor = GaugeMetricFamily(
        "rustrak_disk_floor_bytes",
        "Free bytes below which nothing is accepted; 0 means no floor.",
        labels=["directory"],
    )
    for name, path in free_space.directories().items():
        if (found := space.measure(path, settings.MIN_FREE_BYTES)) is not None:
            free.add_metric([name], found.free)
            floor.add_metric([name], found.floor)
    yield from (free, floor)


def _processes(directory: Path) -> Iterator[Metric]:
    running = GaugeMetricFamily("rustrak_processes", "Processes running on this machine.", labels=["role"])
    memory = GaugeMetricFamily(
        "rustrak_process_resident_memory_bytes",
        "Resident memory, shared pages included.",
        labels=["role", "number"],
    )
    counted: set[int] = set()  # one process may have several roles
    for role in ROLES:
        try:
            found = presence.present(directory, role)
        except OSError:
            continue
        running.add_metric([role], len(found))
        for one in found:
            if one.pid not in counted and (size := _resident(one.pid)) is not None:
                counted.add(one.pid)
                memory.add_metric([role, str(one.number)], size)
    yield running
    yield memory


def _resident(pid: int) -> int | None:
    """Resident memory in bytes. None without /proc, or where the process has another id, as in a PID namespace."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def _digests(directory: Path) -> Iterator[Metric]:
    size = CounterMetricFamily("rustrak_digest_bytes", "Bytes of processed records.", labels=["digest"])
    last = GaugeMetricFamily(
        "rustrak_digest_last_batch_timestamp_seconds",
        "Unix time when a batch was last stored.",
        labels=["digest"],
    )
    lag = GaugeMetricFamily(
        "rustrak_digest_lag_seconds",
        "Time from the arrival of the last batch's oldest record until it was stored.",
        labels=["digest"],
    )
    records = HistogramMetricFamily("rustrak_digest_batch_records", "Records per batch.", labels=["digest"])
    seconds = HistogramMetricFamily("rustrak_digest_batch_seconds", "Seconds per batch.", labels=["digest"])
    for done in stats.read(directory):
        label = [str(done.number)]
        size.add_metric(label, done.bytes)
        last.add_metric(label, done.at)
        lag.add_metric(label, done.lag)
        records.add_metric(label, _buckets(stats.RECORDS, done.by_records), done.records)
        seconds.add_metric(label, _buckets(stats.SECONDS, done.by_seconds), done.seconds)
    yield from (size, last, lag, records, seconds)


def _buckets(bounds: tuple[float, ...], counts: tuple[int, ...]) -> list[tuple[str, float]]:
    names = [*(str(float(bound)) for bound in bounds), "+Inf"]
    return list(zip(names, map(float, counts), strict=True))


def _database(now: float) -> Iterator[Metric]:
    up = "Whether the database answers queries."
    try:
        found = [*_ledger(), *_projects(), *_alerts(now), _clock(now)]
    except Error as error:
        log.warning("metrics without figures from the database: %s", error)
        yield _gauge("database_up", up, 0)
        return
    yield _gauge("database_up", up, 1)
    yield from found


def _alerts(now: float) -> Iterator[Metric]:
    moment = datetime.fromtimestamp(now, UTC)
    found = standing.standing(moment)
    messages = GaugeMetricFamily(
        "rustrak_alert_messages", "Alerts that are kept, by what became of them.", labels=["status"]
    )
    for status, count in sorted(found.by_status.items()):
        messages.add_metric([status], count)
    yield messages
    yield _gauge(
        "alert_oldest_due_seconds",
        "How long an alert has been due that can be sent; 0 when there is none.",
        _age(found.due_since, moment),
    )
    yield _gauge(
        "alert_oldest_change_seconds",
        "Age of the oldest change that no rule has seen; 0 when there is none.",
        _age(found.facts_since, moment),
    )
    yield _gauge(
        "alert_channels_paused", "Alert channels that are paused because they fail.", len(found.paused)
    )


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _clock(now: float) -> Metric:
    doubt = trusted_clock.doubt(datetime.fromtimestamp(now, UTC))
    return _gauge(
        "clock_trusted", "Whether retention believes the machine's clock.", 0 if doubt is not None else 1
    )


def _ledger() -> Iterator[Metric]:
    items = CounterMetricFamily(
        "rustrak_items",
        "Items that SDKs sent, by outcome, of all existing projects. Accepted items are counted again when processed.",
        labels=["category", "outcome"],
    )
    rows = OutcomeCount.objects.values_list("category", "outcome").annotate(total=Sum("quantity"))
    for category, outcome, total in rows.order_by("category", "outcome"):
        items.add_metric([category, outcome], float(total))
    yield items


def _projects() -> Iterator[Metric]:
    totals = Project.objects.aggregate(count=Count("pk"), stored=Sum("stored_event_count"))
    yield _gauge("projects", "Number of projects.", totals["count"])
    yield _gauge("stored_events", "Stored events of all projects.", totals["stored"] or 0)
    yield _gauge("issues", "Issues of all projects.", Issue.objects.count())
    stored = GaugeMetricFamily(
        "rustrak_project_stored_events", "Stored events of the project.", labels=["project"]
    )
    issues = GaugeMetricFamily("rustrak_project_issues", "Issues of the project.", labels=["project"])
    largest = list(
        Project.objects.order_by("-stored_event_count", "pk").values_list("pk", "slug", "stored_event_count")[
            :MAX_PROJECTS
        ]
    )
    counts = dict(
        Issue.objects.filter(project__in=[pk for pk, _, _ in largest])
        .values_list("project_id")
        .annotate(total=Count("pk"))
        .order_by()
    )
    for pk, slug, events in largest:
        stored.add_metric([slug], events)
        issues.add_metric([slug], counts.get(pk, 0))
    yield from (stored, issues)
