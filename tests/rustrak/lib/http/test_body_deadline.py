from __future__ import annotations

from rustrak.lib.http.body_deadline import seconds_left, too_many_chunks


def test_a_client_has_30_seconds_and_one_more_for_16_kib() -> None:
    assert seconds_left(0, 0) == 30
    assert seconds_left(0, 31) == -1
    assert seconds_left(160 * 1024, 31) == 9


def test_pieces_of_less_than_64_bytes_are_too_many_at_some_time() -> None:
    assert not too_many_chunks(4096, 0)
    assert too_many_chunks(4097, 0)
    assert not too_many_chunks(1_000_000, 64_000_000)
