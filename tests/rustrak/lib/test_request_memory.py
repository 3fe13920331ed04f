from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest

from rustrak.lib import request_memory
from rustrak.lib.request_memory import NoMemory, RequestMemory, Share


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(test(*arguments, **named))

    return run


async def begun(memory: RequestMemory, size: int) -> Share:
    share = memory.share()
    await share.begin()
    share.add(size)
    return share


@in_loop
async def test_what_a_request_holds_is_given_back_once() -> None:
    memory = RequestMemory(100)
    share = await begun(memory, 60)
    assert memory.free == 40
    assert memory.scarce
    share.release()
    share.release()
    assert memory.free == 100
    assert not memory.scarce


@in_loop
async def test_growing_never_waits_and_never_exceeds_the_budget() -> None:
    memory = RequestMemory(100)
    share = await begun(memory, 60)
    with pytest.raises(NoMemory):
        share.grow(41)
    share.grow(40)
    assert (share.held, memory.free) == (100, 0)


@in_loop
async def test_requests_wait_in_order_until_others_end() -> None:
    memory = RequestMemory(100)
    share = await begun(memory, 130)
    order: list[int] = []

    async def one(number: int) -> Share:
        taken = await begun(memory, 100)
        order.append(number)
        return taken

    tasks = [asyncio.create_task(one(number)) for number in range(3)]
    await asyncio.sleep(0.01)
    assert order == []
    share.release()
    for number, task in enumerate(tasks):
        taken = await task
        await asyncio.sleep(0)
        assert order == list(range(number + 1))
        taken.release()
    assert memory.free == 100


@in_loop
async def test_a_wait_is_bounded_and_so_is_the_number_of_those_who_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request_memory, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(request_memory, "MOST_WAITING", 3)
    memory = RequestMemory(10)
    share = await begun(memory, 10)
    answers = await asyncio.gather(*[begun(memory, 1) for _ in range(5)], return_exceptions=True)
    assert [type(answer) for answer in answers] == [NoMemory] * 5
    share.release()
    assert (await begun(memory, 1)).held == 1


@in_loop
async def test_who_leaves_while_waiting_takes_no_turn() -> None:
    memory = RequestMemory(10)
    share = await begun(memory, 10)
    leaving = asyncio.create_task(begun(memory, 1))
    staying = asyncio.create_task(begun(memory, 1))
    await asyncio.sleep(0.01)
    leaving.cancel()
    share.release()
    assert (await asyncio.wait_for(staying, 1)).held == 1


@in_loop
async def test_a_turn_that_is_given_up_at_the_last_moment_goes_to_the_next() -> None:
    memory = RequestMemory(10)
    share = await begun(memory, 10)
    leaving = asyncio.create_task(begun(memory, 1))
    staying = asyncio.create_task(begun(memory, 1))
    await asyncio.sleep(0.01)
    share.release()
    leaving.cancel()
    assert (await asyncio.wait_for(staying, 1)).held == 1
