from __future__ import annotations

from rustrak.lib.http.body_deadline import seconds_left


def test_a_client_has_30_seconds_and_one_more_for_16_kib() -> None:
    assert seconds_left(0, 0) == 30
    assert seconds_left(0, 31) == -1
    assert seconds_left(160 * 1024, 31) == 9
