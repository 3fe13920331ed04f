"""Stores check-ins and applies them to their monitors, in a number of statements that does not grow with the batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from issues import usage
from issues.models import CheckIn, Monitor, MonitorState
from issues.monitors.monitor_batch import MonitorBatch, time_out
from issues.monitors.sent_check_in import SentCheckIn, UnusableCheckIn, read
from issues.record.items import Item, ItemOutcome, Result, Results
from rustrak.lib import ids

# Of one project, and of one monitor. The SDK key is public, so anybody can invent names.
MAX_MONITORS = 500
MAX_ENVIRONMENTS = 100
# Of all monitors of a project together: each of them can be due each minute.
MAX_STATES = 2000

_ENDED = {CheckIn.Status.OK, CheckIn.Status.ERROR, CheckIn.Status.UNKNOWN, CheckIn.Status.MISSED}


def check_in_of(item: Item) -> SentCheckIn:
    """The check-in in a `check_in` item. Raises UnusableCheckIn."""
    return read(item.read())


def record(project_id: int, items: Sequence[Item], now: datetime) -> Results:
    """Apply `check_in` items in their order, inside the transaction that holds the project's lock.

    Returns their results. The time of a check-in is that of its arrival. One whose monitor_config is unusable is stored,
    with the result "salvaged".
    """
    results: Results = Counter()
    sent: list[tuple[SentCheckIn, datetime]] = []
    for item in items:
        try:
            sent.append((item.value(check_in_of), item.received_at))
        except UnusableCheckIn as error:
            results[Result(ItemOutcome.INVALID, error.reason)] += 1
    if not sent:
        return results
    batch = MonitorBatch(project_id, now)
    batch.load({each.name for each, _ in sent})
    batch.load_runs(
        {each.check_in_id for each, _ in sent if each.check_in_id},
        in_progress=any(each.check_in_id is None and each.status != "in_progress" for each, _ in sent),
    )
    capacity = _Capacity(batch)
    for each, at in sent:
        results[_apply(batch, capacity, each, at)] += 1
    batch.write()
    return results


class _Capacity:
    """How many more monitors, environments and runs the project may have. Counts only when there is a new one, once."""

    def __init__(self, batch: MonitorBatch) -> None:
        self._batch = batch
        self._monitors_left: int | None = None
        self._states_left: int | None = None
        self._room: int | None = None

    def take_monitor(self) -> bool:
        """Whether one more monitor may be created."""
        if self._monitors_left is None:
            count = Monitor.objects.filter(project_id=self._batch.project_id).count()
            self._monitors_left = MAX_MONITORS - count
        self._monitors_left -= 1
        return self._monitors_left >= 0

    def allows_environment(self, monitor: Monitor) -> bool:
        """Whether the monitor may have one more environment."""
        if self._states_left is None:
            count = MonitorState.objects.filter(monitor__project_id=self._batch.project_id).count()
            self._states_left = MAX_STATES - count
        self._states_left -= 1
        return len(self._batch.states_of(monitor)) < MAX_ENVIRONMENTS and self._states_left >= 0

    def take_run(self) -> bool:
        """Whether the bytes that the project may keep have room for one more run."""
        if self._room is None:
            self._room = usage.room(self._batch.project_id, "check_in")
        self._room -= usage.CHECK_IN
        return self._room >= 0


def _apply(batch: MonitorBatch, capacity: _Capacity, sent: SentCheckIn, at: datetime) -> Result:
    monitor = batch.monitor(sent.name)
    if monitor is None:
        if not capacity.take_monitor():
            return Result(ItemOutcome.FILTERED, "too_many_monitors")
        monitor = batch.new_monitor(sent.name)
    batch.configure(monitor, sent.config, sent.problem, at)
    run = _find_run(batch, monitor, sent)
    refused = _apply_to(batch, run, sent, at) if run else _new_run(batch, capacity, monitor, sent, at)
    if refused:
        return refused
    return Result(ItemOutcome.SALVAGED, "monitor_config") if sent.problem else Result(ItemOutcome.STORED)


def _new_run(
    batch: MonitorBatch, capacity: _Capacity, monitor: Monitor, sent: SentCheckIn, at: datetime
) -> Result | None:
    """Add a run; returns why it was not added."""
    state = batch.states.get((monitor.pk, sent.environment))
    if state is None:
        if not capacity.allows_environment(monitor):
            return Result(ItemOutcome.FILTERED, "too_many_environments")
        state = MonitorState(monitor=monitor, environment=sent.environment)
        batch.add(state)
    if not capacity.take_run():
        return Result(ItemOutcome.FILTERED, "too_many_bytes")
    _start(batch, state, sent, at)
    return None


def _apply_to(batch: MonitorBatch, run: CheckIn, sent: SentCheckIn, at: datetime) -> Result | None:
    """Apply a check-in to the run that it is about; returns why nothing was applied."""
    state = run.state
    if run.status == CheckIn.Status.IN_PROGRESS:
        _update(batch, run, sent, at)
    elif run.status == CheckIn.Status.TIMEOUT and sent.status != "in_progress" and run.finished_at is None:
        # It stays timed out, however it ended; only the time of its end is new.
        _finish(run, sent, at)
        batch.changed(run)
        batch.checked_in(state, at)
    elif sent.status == "in_progress" and at < run.started_at and run.status in _ENDED:
        run.started_at = at  # the check-in of its end was faster
        batch.changed(run)
        if state.last_check_in_at is not None and state.last_check_in_at == run.finished_at:
            batch.checked_in(state, state.last_check_in_at, began=at)
    else:
        return Result(ItemOutcome.DUPLICATE)
    return None


def _find_run(batch: MonitorBatch, monitor: Monitor, sent: SentCheckIn) -> CheckIn | None:
    """The run that a check-in is about; None for a new one.

    An id is that of one run of the job, whatever environment comes with it. Without an id, a check-in that ends a run is
    about the latest run in progress, of any environment when it names none, and one that starts a run is new.
    """
    if sent.check_in_id is not None:
        return batch.run(monitor, sent.check_in_id)
    if sent.status == "in_progress":
        return None
    state = batch.states.get((monitor.pk, sent.environment))
    found = batch.latest_in_progress(state) if state else None
    if found is None and not sent.has_environment:
        running = [run for each in batch.states_of(monitor) if (run := batch.latest_in_progress(each))]
        found = max(running, key=lambda run: (run.started_at, run.pk), default=None)
    return found


def _start(batch: MonitorBatch, state: MonitorState, sent: SentCheckIn, at: datetime) -> None:
    """Add a run that starts, or one that is over and of which only the end was reported."""
    in_progress = sent.status == "in_progress"
    run = CheckIn(
        id=ids.uuid7(),
        state=state,
        check_in_id=sent.check_in_id or UUID(bytes=uuid4().bytes),
        status=CheckIn.Status(sent.status),
        started_at=at if in_progress else at - timedelta(seconds=sent.duration or 0),
        finished_at=None if in_progress else at,
        duration=sent.duration,
        times_out_at=time_out(state.monitor, at) if in_progress else None,
    )
    batch.add(run)
    batch.checked_in(state, at, began=run.started_at)
    _judge(batch, run, sent, at)


def _update(batch: MonitorBatch, run: CheckIn, sent: SentCheckIn, at: datetime) -> None:
    """Apply a check-in to a run in progress: it is still in progress, or it has ended."""
    batch.changed(run)
    if sent.status == "in_progress":
        run.times_out_at = time_out(run.state.monitor, at)
    else:
        run.status = CheckIn.Status(sent.status)
        run.times_out_at = None
        _finish(run, sent, at)
    batch.checked_in(run.state, at)
    _judge(batch, run, sent, at)


def _finish(run: CheckIn, sent: SentCheckIn, at: datetime) -> None:
    run.finished_at = at
    run.duration = (
        sent.duration if sent.duration is not None else max(0.0, (at - run.started_at).total_seconds())
    )


def _judge(batch: MonitorBatch, run: CheckIn, sent: SentCheckIn, at: datetime) -> None:
    if sent.status == "ok":
        batch.succeeded(run.state)
    elif sent.status == "error":
        batch.failed(run.state, "error", run, at, release=sent.release, trace=sent.trace)
