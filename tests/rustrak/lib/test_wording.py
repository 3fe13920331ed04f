from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rustrak.lib import wording


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1204, "1,204"), (1_250_000, "1,250,000"), (1.0, "1"), (1234.56, "1,234.6")]
)
def test_number(value: float, text: str) -> None:
    assert wording.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (1204, "1,204"), (99_999, "99,999"), (100_000, "100k"), (999_999, "999k"), (1_250_000, "1.2M"),
        (1_234_567_890, "1,234.5M"),
    ],
)  # fmt: skip
def test_short_number_rounds_down(value: int, text: str) -> None:
    assert wording.short_number(value) == text


def test_counted() -> None:
    assert [wording.counted(count, "event") for count in (0, 1, 1204)] == [
        "0 events",
        "1 event",
        "1,204 events",
    ]
    assert wording.counted(2, "entry", "entries") == "2 entries"
    assert wording.counted(1, "entry", "entries") == "1 entry"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"), (1, "1 byte"), (1023, "1,023 bytes"), (1023.7, "1 KiB"), (1024, "1 KiB"), (1536, "1.5 KiB"),
        (4710, "4.6 KiB"), (2**20 - 1, "1 MiB"), (20 * 2**20, "20 MiB"), (1000 * 2**30, "1,000 GiB"),
        (2**50, "1 PiB"), (2**63, "8,192 PiB"),
    ],
)  # fmt: skip
def test_size(count: float, text: str) -> None:
    assert wording.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"), (0.0007, "0.7 ms"), (0.0042, "4.2 ms"), (0.00996, "10 ms"), (0.0321, "32 ms"), (0.9994, "999 ms"),
        (0.9996, "1 s"), (4.2, "4.2 s"), (42, "42 s"), (59.94, "59.9 s"), (59.96, "1 min"), (119, "1 min 59 s"),
        (185, "3 min 5 s"), (300, "5 min"), (3599.6, "1 h"), (7200, "2 h"), (7800, "2 h 10 min"), (86400, "1 d"),
        (273600, "3 d 4 h"), (86400 * 1234, "1,234 d"), (-4.2, "−4.2 s"),
    ],
)  # fmt: skip
def test_duration(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


@given(st.floats(min_value=-1e12, max_value=1e12))
def test_every_duration_has_a_text_of_at_most_two_units(seconds: float) -> None:
    assert len(wording.duration(seconds).split()) in (2, 4)


@pytest.mark.parametrize(
    ("part", "total", "text"),
    [
        (0, 10, "0%"),
        (1, 1000, "<1%"),
        (999, 1000, "99%"),
        (5, 5, "100%"),
        (0, 0, "0%"),
        (1535, 100, "1,535%"),
    ],
)
def test_percent(part: int, total: int, text: str) -> None:
    assert wording.percent(part, total) == text


@pytest.mark.parametrize(
    ("counts", "texts"),
    [
        ([], []), ([0, 0], ["0%", "0%"]), ([7], ["100%"]), ([3, 0, -1], ["100%", "0%", "0%"]),
        ([1, 1, 1], ["34%", "33%", "33%"]), ([1, 2], ["33%", "67%"]), ([999, 1], ["99%", "<1%"]),
        ([5020, 4960, 20], ["50%", "49%", "<1%"]), ([10**30, 10**30], ["50%", "50%"]),
        ([1, 1, 1, 1, 1, 1], ["17%", "17%", "17%", "17%", "16%", "16%"]),
    ],
)  # fmt: skip
def test_shares(counts: list[int], texts: list[str]) -> None:
    assert wording.shares(counts) == texts


@given(st.lists(st.one_of(st.integers(0, 30), st.integers(0, 10**20)), max_size=300))
def test_shares_add_up_to_100_and_keep_the_order_of_their_counts(counts: list[int]) -> None:
    texts = wording.shares(counts)
    assert len(texts) == len(counts)
    if not any(counts):
        assert set(texts) <= {"0%"}
        return
    large = [int(text[:-1]) for text in texts if text != "<1%"]
    small = texts.count("<1%")
    assert sum(large) == 100 if not small else 100 - small <= sum(large) < 100
    assert texts.count("100%") == (sum(map(bool, counts)) == 1)
    value = {"<1%": 0.5} | {f"{whole}%": float(whole) for whole in range(101)}
    for low, high in itertools.pairwise(sorted(zip(counts, texts, strict=True))):
        if low[0] < high[0]:
            assert value[low[1]] <= value[high[1]]
    for count, text in zip(counts, texts, strict=True):
        if text not in ("<1%", "0%"):
            assert abs(100 * count / sum(counts) - value[text]) < 1.001


@pytest.mark.parametrize(
    ("part", "total", "text"),
    [
        (0, 0, "–"), (0, 10, "100%"), (1, 10**9, "99.99%"), (10, 10, "0%"), (12, 10, "0%"), (1, 8, "87.50%"),
        (1, 3, "66.66%"),
    ],
)  # fmt: skip
def test_percent_without_is_cut_not_rounded(part: int, total: int, text: str) -> None:
    assert wording.percent_without(part, total) == text
