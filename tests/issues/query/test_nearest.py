"""Names that could be meant by others."""

from __future__ import annotations

from issues.query.nearest import LONGEST, MOST_NAMES, nearest
from tests.lib.growth import assert_linear


def test_similar_names_come_first_and_then_longer_ones() -> None:
    names = ["environment", "browser", "browser.name", "os", "server_name"]
    assert nearest("enviroment", names) == ("environment",)
    assert nearest("Brower", names) == ("browser", "browser.name")
    assert nearest("bro", names) == ("browser", "browser.name")
    assert nearest("server-name", names) == ("server_name",)
    assert nearest("checkout", names) == ()
    assert nearest("", names) == nearest("x" * (LONGEST + 1), names) == ()


def test_many_long_names_are_cheap() -> None:
    assert_linear(
        lambda size: [f"{'ab' * 30}{at:04}"[:LONGEST] for at in range(size)],
        lambda names: nearest("ba" * 30, names),
    )
    assert nearest("last", [*(f"x{at}" for at in range(MOST_NAMES)), "last"]) == ()
