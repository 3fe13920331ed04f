"""The gate: counting events of many processes in one file."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from ingest.rate_limits.gate import Gate
from ingest.rate_limits.windows import HOUR, MINUTE, Exceeded, RateLimits

NOON = 1_800_000_000 // HOUR * HOUR


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "quota")


def taken(gate: Gate, project: int, limits: RateLimits, now: float, times: int) -> int:
    return sum(gate.take(project, limits, now) is None for _ in range(times))


def test_n_are_taken_and_the_next_is_not(gate: Gate) -> None:
    limits = RateLimits(project_minute=3)
    assert taken(gate, 1, limits, NOON, 5) == 3
    assert gate.take(1, limits, NOON + 59.9) == Exceeded("project", MINUTE, 3, NOON + 60)
    assert gate.take(1, limits, NOON + 60) is None
    assert gate.take(2, limits, NOON) is None


def test_without_limits_everything_is_accepted(gate: Gate) -> None:
    assert taken(gate, 1, RateLimits(), NOON, 100) == 100


def test_the_hour_continues_when_the_minute_is_over(gate: Gate) -> None:
    limits = RateLimits(project_minute=2, project_hour=3)
    assert taken(gate, 1, limits, NOON, 3) == 2
    assert taken(gate, 1, limits, NOON + 60, 3) == 1
    assert gate.take(1, limits, NOON + 120) == Exceeded("project", HOUR, 3, NOON + HOUR)
    assert taken(gate, 1, limits, NOON + HOUR, 3) == 2


def test_projects_share_the_installations_limit(gate: Gate) -> None:
    limits = RateLimits(project_minute=3, installation_minute=4)
    assert taken(gate, 1, limits, NOON, 5) == 3
    assert taken(gate, 2, limits, NOON, 5) == 1
    assert gate.take(3, limits, NOON) == Exceeded("installation", MINUTE, 4, NOON + 60)


def test_refused_events_are_not_counted(gate: Gate) -> None:
    assert taken(gate, 1, RateLimits(project_minute=1, installation_minute=2), NOON, 10) == 1
    assert gate.take(2, RateLimits(installation_minute=2), NOON) is None


def test_events_that_are_given_back_may_be_taken_again(gate: Gate) -> None:
    limits = RateLimits(project_minute=1)
    assert gate.take(1, limits, NOON) is None
    gate.give_back(1, limits, NOON)
    assert gate.active(1, limits, NOON) is None
    assert taken(gate, 1, limits, NOON, 2) == 1
    assert gate.active(1, limits, NOON) == Exceeded("project", MINUTE, 1, NOON + 60)


def test_counts_outlive_the_process(tmp_path: Path) -> None:
    limits = RateLimits(project_minute=5)
    first = Gate(tmp_path / "quota")
    assert taken(first, 7, limits, NOON, 4) == 4
    first.close()
    assert taken(Gate(tmp_path / "quota"), 7, limits, NOON, 4) == 1


@pytest.mark.parametrize("content", [b"", b"rustrak quota 0\n", b"x" * 100_000])
def test_a_foreign_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "quota"
    path.write_bytes(content)
    assert taken(Gate(path), 1, RateLimits(project_minute=2), NOON, 3) == 2


def test_a_clock_that_is_set_back_frees_nothing(gate: Gate) -> None:
    limits = RateLimits(project_minute=2)
    assert taken(gate, 1, limits, NOON + 60, 2) == 2
    assert gate.take(1, limits, NOON + 30) is not None
    # After a large jump the clock is trusted again.
    assert gate.take(1, limits, NOON - 3 * HOUR) is None


def test_a_limit_that_was_used_up_while_the_clock_was_ahead_is_free_again(gate: Gate) -> None:
    for ahead in (120, 1800, HOUR, 2 * HOUR, 365 * 24 * HOUR):
        hour = 2 if ahead >= HOUR else 0
        limits = RateLimits(
            project_minute=2, project_hour=hour, installation_minute=2, installation_hour=hour
        )
        assert taken(gate, ahead, limits, NOON + ahead, 3) == 2
        assert gate.active(ahead, limits, NOON) is None
        assert gate.take(ahead, limits, NOON) is None
        gate.give_back(ahead, limits, NOON)


def test_the_slots_of_projects_are_free_again_after_the_clock_was_ahead(gate: Gate) -> None:
    limits = RateLimits(project_minute=1)
    for project in range(1, 4097):
        gate.take(project, limits, NOON + 365 * 24 * HOUR)
    assert taken(gate, 9000, limits, NOON, 2) == 1


def _crowd(path: Path, limits: RateLimits, times: int) -> None:
    gate = Gate(path)
    done = taken(gate, 3, limits, NOON, times)
    (path.parent / f"taken-{multiprocessing.current_process().pid}").write_text(str(done))


def test_many_processes_take_exactly_n(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    limits = RateLimits(project_minute=1000, installation_hour=5000)
    crowd = [context.Process(target=_crowd, args=(tmp_path / "quota", limits, 600)) for _ in range(4)]
    for process in crowd:
        process.start()
    for process in crowd:
        process.join()
        assert process.exitcode == 0
    assert sum(int(path.read_text()) for path in tmp_path.glob("taken-*")) == 1000


def test_projects_without_a_slot_have_the_installations_limits(gate: Gate) -> None:
    limits = RateLimits(project_minute=1, installation_minute=5000)
    assert sum(gate.take(project, limits, NOON) is None for project in range(1, 5001)) == 5000
    assert gate.take(6000, limits, NOON) == Exceeded("installation", MINUTE, 5000, NOON + 60)
    # The next hour has room again.
    assert taken(gate, 9000, limits, NOON + HOUR, 2) == 1


def test_a_keys_own_limit_holds_beside_the_projects(gate: Gate) -> None:
    limited, free = RateLimits(project_minute=4, key_minute=2, key_hour=3), RateLimits(project_minute=4)

    def taken_with(key: int, limits: RateLimits, now: float) -> int:
        return sum(gate.take(1, limits, now, 1, key) is None for _ in range(6))

    assert taken_with(1, limited, NOON) == 2
    assert gate.take(1, limited, NOON, 1, 1) == Exceeded("key", MINUTE, 2, NOON + 60)
    assert gate.active(1, limited, NOON, 1) == Exceeded("key", MINUTE, 2, NOON + 60)
    # What a key was refused is not counted: the project has two left, and no key more than that.
    assert taken_with(2, free, NOON) == 2
    assert gate.active(1, limited, NOON, 3) == Exceeded("project", MINUTE, 4, NOON + 60)
    assert taken_with(1, limited, NOON + 60) == 1
    assert gate.take(1, limited, NOON + 120, 1, 1) == Exceeded("key", HOUR, 3, NOON + HOUR)
    assert gate.take(1, limited, NOON + 120, 1, 3) is None


def test_a_key_and_a_project_with_the_same_id_are_counted_apart(gate: Gate) -> None:
    limits = RateLimits(project_minute=2, key_minute=1)
    assert gate.take(7, limits, NOON, 1, 7) is None
    gate.give_back(7, limits, NOON, 1, 7)
    assert gate.take(7, limits, NOON, 1, 7) is None
    assert gate.take(7, limits, NOON, 1, 8) is None
    assert gate.take(7, limits, NOON, 1, 9) == Exceeded("project", MINUTE, 2, NOON + 60)
