"""Check-ins applied to their monitors, in a number of statements that does not grow with the batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from issues.models import CheckIn, Monitor, MonitorState
from issues.monitors.check_in import CheckIn as Sent
from issues.monitors.check_in import Unusable, read
from issues.monitors.states import Book, time_out
from issues.record.items import Item, ItemOutcome, Result, Results
from rustrak.lib import ids

# The key is public: somebody may make names up.
MOST_MONITORS = 500
MOST_ENVIRONMENTS = 100

_ENDED = {CheckIn.Status.OK, CheckIn.Status.ERROR, CheckIn.Status.UNKNOWN, CheckIn.Status.MISSED}


def record(project_id: int, items: Sequence[Item], now: datetime) -> Results:
    """Apply the `check_in` items in their order, inside the project's transaction; the result of each.

    The time of a check-in is that of its arrival. One whose monitor_config cannot be used is kept and "salvaged".
    """
    results: Results = Counter()
    sent: list[tuple[Sent, datetime]] = []
    for item in items:
        try:
            data = item.data if item.path is None else item.path.read_bytes()
            sent.append((read(data), item.received_at))
        except Unusable as error:
            results[Result(ItemOutcome.INVALID, error.reason)] += 1
    if not sent:
        return results
    book = Book(project_id, now)
    book.load({each.slug for each, _ in sent})
    book.load_runs(
        {each.check_in_id for each, _ in sent if each.check_in_id},
        running=any(each.check_in_id is None and each.status != "in_progress" for each, _ in sent),
    )
    room = _Room(book)
    for each, at in sent:
        results[_apply(book, room, each, at)] += 1
    book.write()
    return results


class _Room:
    """How many monitors the project may still get, asked once and only when there is a new one."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._monitors: int | None = None

    def for_monitor(self) -> bool:
        if self._monitors is None:
            count = Monitor.objects.filter(project_id=self._book.project_id).count()
            self._monitors = MOST_MONITORS - count
        self._monitors -= 1
        return self._monitors >= 0

    def for_environment(self, monitor: Monitor) -> bool:
        there = sum(state.monitor_id == monitor.pk for state in self._book.states.values())
        return there < MOST_ENVIRONMENTS


def _apply(book: Book, room: _Room, sent: Sent, at: datetime) -> Result:
    monitor = book.monitors.get(sent.slug)
    if monitor is None:
        if not room.for_monitor():
            return Result(ItemOutcome.INVALID, "too_many_monitors")
        monitor = Monitor(id=ids.uuid7(), project_id=book.project_id, slug=sent.slug, created_at=book.now)
        book.add(monitor)
    book.configure(monitor, sent.config, sent.problem)
    state = book.states.get((monitor.pk, sent.environment))
    if state is None:
        if not room.for_environment(monitor):
            return Result(ItemOutcome.INVALID, "too_many_environments")
        state = MonitorState(monitor=monitor, environment=sent.environment)
        book.add(state)
    result = Result(ItemOutcome.SALVAGED, "monitor_config") if sent.problem else Result(ItemOutcome.STORED)
    run = _run(book, state, sent)
    if run is None:
        _begin(book, state, sent, at)
    elif run.status == CheckIn.Status.IN_PROGRESS:
        _go_on(book, run, sent, at)
    elif run.status == CheckIn.Status.TIMEOUT and sent.status != "in_progress" and run.finished_at is None:
        # It has run too long whatever came of it; only when it ended is news.
        _end(run, sent, at)
        book.changed(run)
        book.arrived(state, at)
    elif sent.status == "in_progress" and at < run.started_at and run.status in _ENDED:
        run.started_at = at  # overtaken on the way by its own end
        book.changed(run)
    else:
        result = Result(ItemOutcome.DUPLICATE)
    return result


def _run(book: Book, state: MonitorState, sent: Sent) -> CheckIn | None:
    """The run that is meant. Without an id an end belongs to the latest run in progress, a beginning to a new one."""
    if sent.check_in_id is not None:
        return book.runs.get((state.monitor_id, state.environment, sent.check_in_id))
    return None if sent.status == "in_progress" else book.running(state)


def _begin(book: Book, state: MonitorState, sent: Sent, at: datetime) -> None:
    going = sent.status == "in_progress"
    run = CheckIn(
        id=ids.uuid7(),
        state=state,
        check_in_id=sent.check_in_id or UUID(bytes=uuid4().bytes),
        status=CheckIn.Status(sent.status),
        started_at=at if going else at - timedelta(seconds=sent.duration or 0),
        finished_at=None if going else at,
        duration=sent.duration,
        times_out_at=time_out(state.monitor, at) if going else None,
    )
    book.add(run)
    book.arrived(state, at)
    _judge(book, run, sent, at)


def _go_on(book: Book, run: CheckIn, sent: Sent, at: datetime) -> None:
    """What comes for a run in progress: that it still goes on, or how it ended."""
    book.changed(run)
    if sent.status == "in_progress":
        run.times_out_at = time_out(run.state.monitor, at)
    else:
        run.status = CheckIn.Status(sent.status)
        run.times_out_at = None
        _end(run, sent, at)
    book.arrived(run.state, at)
    _judge(book, run, sent, at)


def _end(run: CheckIn, sent: Sent, at: datetime) -> None:
    run.finished_at = at
    run.duration = (
        sent.duration if sent.duration is not None else max(0.0, (at - run.started_at).total_seconds())
    )


def _judge(book: Book, run: CheckIn, sent: Sent, at: datetime) -> None:
    if sent.status == "ok":
        book.succeeded(run.state)
    elif sent.status == "error":
        book.failed(run.state, "error", run, at, release=sent.release, trace=sent.trace)
