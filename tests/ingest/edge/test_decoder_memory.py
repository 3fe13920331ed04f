from __future__ import annotations

import asyncio

import brotli
import pytest

from ingest.edge import decoder_memory
from ingest.edge.decode import content_encoding
from ingest.edge.decoder_memory import DecoderMemory
from ingest.edge.errors import Unavailable


async def test_bodies_take_turns_in_their_order() -> None:
    budget = DecoderMemory(10)
    got: list[str] = []

    async def body(name: str, size: int, done: asyncio.Event) -> None:
        release = await budget.take(size)
        got.append(name)
        await done.wait()
        release()

    first, rest = asyncio.Event(), asyncio.Event()
    tasks = [asyncio.create_task(body("a", 8, first))]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(body(name, size, rest)) for name, size in (("b", 5), ("c", 2), ("d", 5))]
    await asyncio.sleep(0.01)
    assert got == ["a"]  # c would fit and waits for its turn
    first.set()
    await asyncio.sleep(0.01)
    assert got == ["a", "b", "c"]
    rest.set()
    await asyncio.gather(*tasks)
    assert got == ["a", "b", "c", "d"]
    (await budget.take(10))()


async def test_more_than_the_budget_takes_all_of_it() -> None:
    budget = DecoderMemory(10)
    release = await budget.take(1000)
    release()
    (await budget.take(10))()


async def test_a_request_that_gives_up_waiting_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_memory, "WAIT_SECONDS", 0.05)
    budget = DecoderMemory(10)
    release = await budget.take(10)
    left = asyncio.create_task(budget.take(10))
    await asyncio.sleep(0)
    left.cancel()
    with pytest.raises(Unavailable):
        await budget.take(10)
    with pytest.raises(asyncio.CancelledError):
        await left
    release()
    (await budget.take(10))()


@pytest.mark.parametrize("bits", range(10, 25))
def test_the_window_of_a_brotli_stream(bits: int) -> None:
    data = bytes(range(256)) * 20_000
    first = brotli.compress(data, quality=3, lgwin=bits)[0]
    # The encoder may ask for less where the data needs no more, never for more.
    assert content_encoding.window("br", first) <= 1 << max(bits, 16)
    assert (
        content_encoding.window("gzip", first)
        == content_encoding.window("", first)
        == content_encoding.window("x", first)
        == 0
    )


def test_the_window_of_the_usual_brotli_and_of_zstd() -> None:
    data = bytes(range(256)) * 100_000
    assert content_encoding.window("BR", brotli.compress(data, lgwin=24, quality=3)[0]) == 1 << 24
    assert content_encoding.window("br", brotli.compress(data, lgwin=22, quality=3)[0]) == 1 << 22
    assert content_encoding.window("zstd", 0x28) == 1 << content_encoding.ZSTD_WINDOW_LOG
