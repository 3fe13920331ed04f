"""A project's monitors while check-ins are applied to them: all read first, changed in memory, then all written.

Used inside a transaction that holds the project's lock: by the digest, and by the loop that detects missed runs.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Model, Q

from issues import facts, lifecycle, usage
from issues.models import CheckIn, Issue, Monitor, MonitorState
from issues.monitors import failures, names, schedule
from issues.monitors.event_limits import EventLimits
from issues.monitors.failures import Failure, FailureKind
from issues.monitors.news import MonitorNews
from issues.monitors.schedule import Schedule
from issues.monitors.sent_check_in import MonitorConfig
from issues.payload import read
from issues.record import writer
from rustrak.lib import bulk, ids

_CONFIG = [
    "schedule_type", "schedule", "timezone", "checkin_margin", "max_runtime", "failure_issue_threshold",
    "recovery_threshold", "config_problem",
]  # fmt: skip
_MONITOR = ["name", *_CONFIG, "event_hour", "events_in_hour", "events_left_out"]
_STATE = [
    "status", "last_check_in_at", "next_due_at", "paused_at", "failing_since", "failures_in_a_row", "successes_in_a_row",
]  # fmt: skip
_RUN = ["status", "started_at", "finished_at", "duration", "times_out_at"]
_MAX_IN_A_ROW = 10**9
# How many runs in progress are read for check-ins without an id. An ordinary job has one.
MAX_IN_PROGRESS = 5000


class MonitorBatch:
    """Some monitors of a project, their states, and some of their runs. Nothing is written before `write`."""

    def __init__(self, project_id: int, now: datetime) -> None:
        self.project_id = project_id
        self.now = now
        self._by_slug: dict[str, Monitor] = {}
        self._by_name: dict[str, Monitor] = {}
        self.states: dict[tuple[UUID, str], MonitorState] = {}
        self.runs: dict[tuple[UUID, str, UUID], CheckIn] = {}
        self._run_of: dict[tuple[UUID, UUID], CheckIn] = {}
        # By monitor, and by the id() of a state: the runs in progress, the oldest first; ended ones may be among them.
        self._states_of: dict[UUID, list[MonitorState]] = {}
        self._running: dict[int, list[CheckIn]] = {}
        self._new: set[int] = set()
        self._changed: dict[int, Model] = {}
        self._failures: list[Failure] = []
        self._recovered: list[tuple[str, str]] = []
        self._news = MonitorNews()
        self._event_limits = EventLimits(project_id, now)

    # Reading

    def load(self, called: Collection[str]) -> None:
        """Read the monitors with these names, and all their states."""
        slugs = {slug for name in called for slug in (names.former_slug(name), *names.slugs(name)) if slug}
        self._load(Q(name__in=called) | Q(slug__in=slugs))

    def load_some(self, monitor_ids: Collection[UUID]) -> None:
        """Read the monitors with these keys, and all their states."""
        self._load(Q(pk__in=monitor_ids))

    def _load(self, which: Q) -> None:
        by_id = {monitor.pk: monitor for monitor in Monitor.objects.filter(which, project_id=self.project_id)}
        self._by_slug = {monitor.slug: monitor for monitor in by_id.values()}
        self._by_name = {monitor.name: monitor for monitor in by_id.values() if monitor.name}
        for state in MonitorState.objects.filter(monitor__in=by_id):
            state.monitor = by_id[state.monitor_id]
            self._know(state)

    def monitor(self, name: str) -> Monitor | None:
        """The monitor of this name among the loaded ones. One that is older than names gets its name now."""
        found = self._by_name.get(name)
        if found is None:
            older = self._by_slug.get(names.former_slug(name))
            if older is not None and not older.name:
                found, older.name = older, name
                self._by_name[name] = older
                self.changed(older)
        return found

    def new_monitor(self, name: str) -> Monitor:
        """Add a monitor of this name, which `load` did not find."""
        slug = names.free_slug(name, self._by_slug)
        monitor = Monitor(
            id=ids.uuid7(), project_id=self.project_id, slug=slug, name=name, created_at=self.now
        )
        self._by_slug[slug] = self._by_name[name] = monitor
        self.add(monitor)
        return monitor

    def load_runs(self, check_in_ids: Collection[UUID], *, in_progress: bool) -> None:
        """Read the loaded monitors' runs with these ids; with `in_progress` also the latest MAX_IN_PROGRESS in progress."""
        by_id = {state.pk: state for state in self.states.values()}
        if not by_id or not (check_in_ids or in_progress):
            return
        runs = CheckIn.objects.filter(state__in=by_id)
        found = list(runs.filter(check_in_id__in=check_in_ids)) if check_in_ids else []
        if in_progress:
            latest = runs.filter(status=CheckIn.Status.IN_PROGRESS).order_by("-started_at", "-pk")
            known = {run.pk for run in found}
            found += [run for run in latest[:MAX_IN_PROGRESS] if run.pk not in known]
        for run in sorted(found, key=lambda run: (run.started_at, run.pk)):
            run.state = by_id[run.state_id]
            self._know(run)

    def run(self, monitor: Monitor, check_in_id: UUID) -> CheckIn | None:
        """The loaded run with this id, in whichever environment it is."""
        return self._run_of.get((monitor.pk, check_in_id))

    def latest_in_progress(self, state: MonitorState) -> CheckIn | None:
        """The latest of the loaded runs that is in progress."""
        runs = self._running.get(id(state), [])
        while runs and runs[-1].status != CheckIn.Status.IN_PROGRESS:
            runs.pop()
        return runs[-1] if runs else None

    def states_of(self, monitor: Monitor) -> Sequence[MonitorState]:
        """The loaded monitor's states."""
        return self._states_of.get(monitor.pk, ())

    def _know(self, row: MonitorState | CheckIn) -> None:
        if isinstance(row, MonitorState):
            self.states[row.monitor_id, row.environment] = row
            self._states_of.setdefault(row.monitor_id, []).append(row)
            return
        name = row.state.monitor_id, row.state.environment, row.check_in_id
        if name not in self.runs and row.status == CheckIn.Status.IN_PROGRESS:
            insort(self._running.setdefault(id(row.state), []), row, key=lambda run: (run.started_at, run.pk))
        self.runs[name] = row
        self._run_of.setdefault((row.state.monitor_id, row.check_in_id), row)

    # Changing

    def add(self, row: Monitor | MonitorState | CheckIn) -> None:
        """Add a row that is not in the database yet."""
        self._new.add(id(row))
        self._changed[id(row)] = row
        if not isinstance(row, Monitor):
            self._know(row)

    def changed(self, row: Monitor | MonitorState | CheckIn) -> None:
        """Note that a row has to be written."""
        self._changed[id(row)] = row

    def configure(self, monitor: Monitor, config: MonitorConfig | None, problem: str, at: datetime) -> None:
        """Apply a monitor_config that was sent at `at`. One with a `problem` only stores the problem: the old configuration stays."""
        if config is None and not problem:
            return
        before = [getattr(monitor, name) for name in _CONFIG]
        old = schedule_of(monitor)
        monitor.config_problem = problem
        if config is not None:
            monitor.schedule_type = config.schedule.type
            monitor.schedule = config.schedule.text
            monitor.timezone = config.schedule.timezone
            monitor.checkin_margin = config.checkin_margin
            monitor.max_runtime = config.max_runtime
            monitor.failure_issue_threshold = config.failure_issue_threshold
            monitor.recovery_threshold = config.recovery_threshold
        if before == [getattr(monitor, name) for name in _CONFIG]:
            return
        self.changed(monitor)
        if (new := schedule_of(monitor)) != old and new:
            # A due time of the new schedule that is near is not answered by what was there before.
            due = new.after(at)
            for state in self.states_of(monitor):
                if state.paused_at is None:
                    state.next_due_at = due
                    self.changed(state)

    def checked_in(self, state: MonitorState, at: datetime, began: datetime | None = None) -> None:
        """Note a check-in at `at`, unless a later one is known.

        `began` is when the run that it starts began, or that it reports as a whole: the next one is due after it. The
        end of a run that is known is None: it does not answer a due time, but an interval that has passed since the run
        began starts again.
        """
        last = state.last_check_in_at
        # A last check-in in the future has the time of a clock that has been set back since.
        if last is not None and at < last <= self.now:
            return
        state.last_check_in_at = at
        state.paused_at = None
        state.next_due_at = _due(state, at, began)
        self.changed(state)

    def succeeded(self, state: MonitorState) -> None:
        """Count a successful run. `recovery_threshold` of them in a row resolve the issues of earlier failures."""
        state.status = MonitorState.Status.OK
        state.failures_in_a_row = 0
        state.successes_in_a_row = min(state.successes_in_a_row + 1, _MAX_IN_A_ROW)
        self.changed(state)
        surplus = state.successes_in_a_row - state.monitor.recovery_threshold
        # A threshold that was lowered meanwhile has been passed already.
        if surplus == 0 or (surplus > 0 and state.failing_since is not None):
            self._recovered.append((state.monitor.slug, state.environment))
            self._news.recovered(state)

    def failed(
        self, state: MonitorState, kind: FailureKind, run: CheckIn, at: datetime, *, release: str = "",
        trace: dict[str, object] | None = None,
    ) -> None:  # fmt: skip
        """Count a failed run. From the `failure_issue_threshold`-th in a row on each creates an event, unless muted or
        past the EventLimits."""
        monitor = state.monitor
        state.status = MonitorState.Status(kind)
        state.successes_in_a_row = 0
        state.failures_in_a_row = min(state.failures_in_a_row + 1, _MAX_IN_A_ROW)
        self.changed(state)
        if state.failures_in_a_row < monitor.failure_issue_threshold or monitor.is_muted or state.is_muted:
            return
        # A recovery earlier in this batch is over: only a later success resolves the issue.
        name = (monitor.slug, state.environment)
        self._recovered = [each for each in self._recovered if each != name]
        self.changed(monitor)
        failure = Failure(
            kind=kind,
            monitor_id=monitor.pk,
            slug=monitor.slug,
            name=monitor.name or monitor.slug,
            environment=state.environment,
            check_in_id=run.check_in_id,
            at=at,
            schedule=schedule_of(monitor),
            checkin_margin=monitor.checkin_margin,
            max_runtime=monitor.max_runtime,
            failures_in_a_row=state.failures_in_a_row,
            last_check_in_at=state.last_check_in_at,
            release=release,
            trace=dict(trace or {}),
        )
        self._news.failed(state, at, failure.event_id, release)
        if self._event_limits.take(monitor):
            self._failures.append(failure)

    # Writing

    def write(self) -> None:
        """Write everything that changed, store the events of failures, and resolve the issues of recovered monitors."""
        rows = list(self._changed.values())
        monitors = [row for row in rows if isinstance(row, Monitor)]
        states = [row for row in rows if isinstance(row, MonitorState)]
        runs = [row for row in rows if isinstance(row, CheckIn)]
        self._write(
            Monitor, ["id", "project_id", "slug", *_MONITOR, "is_muted", "created_at"], _MONITOR, monitors
        )
        self._write(MonitorState, ["monitor_id", "environment", "is_muted", *_STATE], _STATE, states)
        self._set_keys([state for state in states if id(state) in self._new])
        for run in runs:
            run.state_id = run.state.pk
        self._write(CheckIn, ["id", "state_id", "check_in_id", *_RUN], _RUN, runs)
        new_runs, new_states = (sum(id(row) in self._new for row in each) for each in (runs, states))
        size = new_runs * usage.CHECK_IN + new_states * usage.STATE
        usage.add(self.project_id, {"check_in": (new_runs + new_states, size)})
        occurrences = [
            read.read(failure.payload(), event_id=failure.event_id, received_at=self.now)
            for failure in self._failures
        ]
        with facts.together():
            stored = writer.record(self.project_id, occurrences, self.now) if occurrences else []
            self._resolve()
            self._news.write(self.project_id, {each.sent_id: each for each in stored}, self.now)

    def _write(
        self, model: type[Model], inserted: list[str], updated: list[str], rows: Iterable[Model]
    ) -> None:
        rows = list(rows)
        new = [row for row in rows if id(row) in self._new]
        old = sorted((row for row in rows if id(row) not in self._new), key=lambda row: row.pk)
        bulk.insert(
            model,
            [name.removesuffix("_id") if name != "check_in_id" else name for name in inserted],
            [[getattr(row, name) for name in inserted] for row in new],
        )
        bulk.update(
            model,
            ["id", *updated],
            [[getattr(row, name) for name in ("id", *updated)] for row in old],
            ", ".join(f"{name} = :{name}:" for name in updated),
        )

    def _set_keys(self, states: list[MonitorState]) -> None:
        """Set the primary keys of inserted states, which the database chose."""
        if not states:
            return
        found = MonitorState.objects.filter(monitor__in={state.monitor_id for state in states})
        keys = {
            (monitor, name): pk for monitor, name, pk in found.values_list("monitor", "environment", "pk")
        }
        for state in states:
            state.pk = keys[state.monitor_id, state.environment]

    def _resolve(self) -> None:
        hashes = [key_hash for name in self._recovered for key_hash in failures.key_hashes(*name)]
        if not hashes:
            return
        issues = Issue.objects.filter(
            project_id=self.project_id, status=Issue.Status.OPEN, groupings__key_hash__in=hashes
        )
        lifecycle.recover(issues.distinct())


def schedule_of(monitor: Monitor) -> Schedule | None:
    """The monitor's schedule; None when it has none."""
    return schedule.stored(monitor.schedule_type, monitor.schedule, monitor.timezone)


def _due(state: MonitorState, at: datetime, began: datetime | None) -> datetime | None:
    """When the next check-in of `state` is due after one at `at`; `began` as for MonitorBatch.checked_in."""
    when, known = schedule_of(state.monitor), state.next_due_at
    if when is None:
        return None
    if began is None:
        if known is not None and (when.type == schedule.CRONTAB or known > at):
            return known
        return when.after(at)
    due = when.expected(began)
    # What began long ago would be late at once.
    return due if due > at else when.after(at)


def time_out(monitor: Monitor, started: datetime) -> datetime:
    """When a run times out that started, or last checked in, at `started`."""
    return started + timedelta(minutes=monitor.max_runtime)
