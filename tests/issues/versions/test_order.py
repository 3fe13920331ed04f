from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.versions.order import (
    Basis,
    Compared,
    Known,
    by_name,
    compare,
    newest,
    newest_of_each_package,
    ordered,
)
from tests.lib.growth import assert_linear

DAY = datetime(2026, 11, 27, tzinfo=UTC)


def known(version: str, seen: int | None = None, released: int | None = None) -> Known:
    at = [None if day is None else DAY + timedelta(days=day) for day in (released, seen)]
    return Known(version, *at)


# Each is older than the next one, whatever the times.
CHAINS = [
    (Basis.SEMANTIC_VERSION, ["shop@2.3.9", "shop@2.4.0-rc.1", "shop@2.4.0", "shop@2.4.0-5-gabc1234", "shop@2.10"]),
    (Basis.BUILD_NUMBER, ["shop@1.2.3+9", "shop@1.2.3+45", "shop@1.2.3+45.1", "shop@1.2.3+1204"]),
    (Basis.BUILD_NUMBER, ["99", "412", "1204", "10000000001"]),
    (Basis.BUILD_NUMBER, ["build-99", "build-100"]),
    (Basis.SEMANTIC_VERSION, ["shop-v1.9", "shop-v1.10-beta", "shop-1.10"]),
    (Basis.DATE, ["2025-12-31", "2026-11-27", "2026-11-27-3", "2026-11-27-11", "2026-11-28T09:05", "2026-11-28T10:00Z"]),
    (Basis.DATE, ["20251231", "20261127", "20261127.3", "202611271030", "20261128"]),
    (Basis.DATE, ["app@2026.9.30", "app@2026.11.27-rc.2", "app@2026.11.27", "app@2026.11.27-3", "app@2026.11.40"]),
    (Basis.DATE, ["release-2026-11-09", "release-2026-11-10"]),
]  # fmt: skip


@pytest.mark.parametrize(("basis", "chain"), CHAINS, ids=[chain[0] for _, chain in CHAINS])
def test_names_are_compared_by_what_they_say(basis: Basis, chain: list[str]) -> None:
    releases = [known(name, seen=-number) for number, name in enumerate(chain)]
    for older, newer in pairwise(releases):
        assert compare(newer, older).sign == 1
        assert compare(older, newer).sign == -1
    assert {compare(releases[0], each).basis for each in releases[1:]} <= {basis, Basis.SEMANTIC_VERSION}
    assert compare(releases[0], releases[-1]).basis is basis
    assert ordered(releases) == releases[::-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("9f8e7d6", "a1b2c3d"),
        ("shop@2.0", "web@1.0"),
        ("shop@2.0", "2.1"),
        ("412", "1.0.0"),
        ("2026-11-27", "5.0.0"),
        ("1.2.3+9f8e7d6", "1.2.3+a1b2c3d"),
        ("SHOP-99", "SHOP-1204"),
        ("blue", "green"),
    ],
)
def test_other_names_are_compared_by_time(one: str, other: str) -> None:
    assert compare(known(one), known(other, seen=1)) == Compared(0, Basis.UNKNOWN)
    assert compare(known(one, seen=1), known(other, seen=1)) == Compared(0, Basis.UNKNOWN)
    assert compare(known(one, seen=2), known(other, seen=1)) == Compared(1, Basis.FIRST_SEEN)
    assert compare(known(one, 9, released=1), known(other, 1, released=2)) == Compared(-1, Basis.RELEASED)
    assert compare(known(one, seen=3), known(other, 9, released=2)) == Compared(1, Basis.TIME)


def test_names_of_one_version_are_neither_newer_nor_older() -> None:
    assert compare(known("1.0", seen=1), known("v1.0.0", seen=2)) == Compared(0, Basis.SEMANTIC_VERSION)
    assert compare(known("1.0", seen=1), known("1.0")) == Compared(0, Basis.SAME)


def test_the_newest_of_many_kinds() -> None:
    releases = [
        known("shop@2.4.0", seen=5), known("shop@2.10.0", seen=3), known("shop@2.3.0", seen=9),
        known("web@7.0.0", seen=1), known("a1b2c3d", seen=2), known("no time"), known("shop@3.0.0"),
    ]  # fmt: skip
    names = ["shop@3.0.0", "shop@2.10.0", "shop@2.4.0", "shop@2.3.0", "a1b2c3d", "web@7.0.0", "no time"]
    for shuffled in islice(permutations(releases), 0, None, 97):
        assert [each.version for each in ordered(shuffled)] == names
    assert newest(releases) == releases[1]
    assert newest(releases, like="web@1.0.0") == releases[3]
    assert newest(releases, like="other@1.0.0") == releases[1]
    assert newest([]) is None
    assert [each.version for each in newest_of_each_package(releases)] == [
        "shop@2.10.0",
        "web@7.0.0",
    ]


@pytest.mark.parametrize(
    ("release", "wanted", "sign"),
    [
        ("shop@2.4.1", "2.4", 1), ("shop@2.4.1", "shop@2.4.1", 0), ("shop@2.4.1", "web@2.4", None),
        ("shop@2.4.1", "3", -1), ("5", "4.9", 1), ("2026-11-27", "2026", 1), ("2026-11-27", "2026-12", -1),
        ("1204", "412", 1), ("a1b2c3d", "1.0", None), ("1.0", "2026-11-27", None),
    ],
)  # fmt: skip
def test_what_people_write_may_be_less_than_a_name(release: str, wanted: str, sign: int | None) -> None:
    assert by_name(release, wanted) == sign


_NAMES = st.text(st.sampled_from("012.-+@va T"), max_size=12) | st.sampled_from(
    ["2026-11-27-3", "20261127", "412"]
)
_KNOWN = st.builds(known, _NAMES, st.none() | st.integers(0, 3), st.none() | st.integers(0, 3))


@given(_KNOWN, _KNOWN)
def test_the_order_is_antisymmetric(one: Known, other: Known) -> None:
    there, back = compare(one, other), compare(other, one)
    assert (there.sign, there.basis) == (-back.sign, back.basis)
    assert there.basis.words


@given(st.lists(_KNOWN, max_size=6, unique_by=lambda release: release.version))
def test_the_order_of_many_agrees_with_that_of_two_of_a_kind(releases: list[Known]) -> None:
    found = ordered(releases)
    assert sorted(found, key=releases.index) == releases
    assert found == ordered(releases[::-1])
    assert newest(releases) == next((each for each in found if each.time), next(iter(found), None))
    for index, newer in enumerate(found):
        for older in found[index + 1 :]:
            compared = compare(newer, older)
            if compared.basis in (Basis.SEMANTIC_VERSION, Basis.BUILD_NUMBER, Basis.DATE):
                assert compared.sign >= 0


@pytest.mark.parametrize("piece", ["-v1", "1.", "1-", "a1-", "2026.11.", "-1-gabcdef", "9"])
def test_long_names_are_read_in_linear_time(piece: str) -> None:
    assert_linear(lambda size: known("v" + piece * size), lambda name: compare(name, known("x")))
