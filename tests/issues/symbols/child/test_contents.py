from __future__ import annotations

import os
import random

import pytest

from issues.record.codec import zstd
from issues.symbols.answers import Unreadable
from issues.symbols.child import contents as reading
from issues.symbols.child.contents import Contents
from tests.lib.symbol_files import contents

DATA = b"0123456789" * 300_000


@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_file_is_read_whole(is_compressed: bool) -> None:
    file = contents(DATA, is_compressed=is_compressed)
    assert file.read(1 << 22) == DATA
    with file.path(1 << 22) as path, open(path, "rb") as opened:
        assert opened.read() == DATA
    assert contents(b"", is_compressed=is_compressed).read(10) == b""


def test_pieces_end_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a piece of the input makes nothing of the output."""
    monkeypatch.setattr(reading, "_BLOCK_BYTES", 1 << 14)
    some = random.Random(0)
    words = [some.randbytes(some.randrange(3, 9)) for _ in range(3000)]
    data = b"".join(some.choices(words, k=300_000))
    assert contents(data, is_compressed=True).read(1 << 22) == data


def test_a_file_may_be_several_frames() -> None:
    file = contents(zstd.compress(b"ab") + zstd.compress(b"cd"))
    assert Contents(file.descriptor, 4, True).read(10) == b"abcd"


def test_a_larger_file_is_not_begun() -> None:
    with pytest.raises(Unreadable, match="larger than 2 MiB"):
        contents(DATA).read(2 << 20)


@pytest.mark.parametrize("size", [10, len(DATA) - 1, len(DATA) + 1])
def test_a_file_of_another_length_is_damaged(size: int) -> None:
    for is_compressed in (False, True):
        descriptor = contents(DATA, is_compressed=is_compressed).descriptor
        with pytest.raises(Unreadable, match="damaged"):
            Contents(descriptor, size, is_compressed).read(1 << 22)
    with pytest.raises(Unreadable, match="damaged"), Contents(descriptor, size, True).path(1 << 22):
        pass


def test_a_bomb_is_unpacked_no_further_than_its_size() -> None:
    packed = zstd.compress(bytes(1 << 28))
    descriptor = os.memfd_create("bomb")
    os.write(descriptor, packed)
    with pytest.raises(Unreadable, match="damaged"):
        Contents(descriptor, 1 << 20, True).read(1 << 22)


def test_what_is_cut_or_not_compressed_is_damaged() -> None:
    for data in (zstd.compress(DATA)[:-5], b"\xff" * 100, zstd.compress(b"a") + b"junk"):
        descriptor = contents(data).descriptor
        with pytest.raises(Unreadable, match="damaged"):
            Contents(descriptor, len(DATA), True).read(1 << 22)
