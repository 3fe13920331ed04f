"""rustrak/lib/http/slashes.py"""

from __future__ import annotations

from rustrak.lib.http.slashes import tidy
from tests.lib.growth import assert_linear


def test_slashes_are_single_and_one_is_at_the_end() -> None:
    wanted = "/api/0/organizations/o/"
    for path in ("/api/0/organizations/o", "//api//0///organizations/o//", wanted):
        assert tidy(path, path.encode()) == wanted
        assert tidy(path, b"") == wanted
    assert tidy("/api/0", b"/api/0?x=//") == "/api/0/"


def test_a_slash_of_a_name_is_kept() -> None:
    assert tidy("/api/0/releases/a//b", b"/api/0/releases/a%2F%2Fb") == "/api/0/releases/a//b/"
    # With the prefix of PUBLIC_URL, which `path` has no more.
    assert tidy("/api/0//releases/a//b", b"/errors/api/0//releases/a%2F%2Fb?x") == "/api/0/releases/a//b/"
    assert tidy("/api/0/releases/ü@1 +/", b"/api/0/releases/%C3%BC@1%20+") == "/api/0/releases/ü@1 +/"


def test_other_paths_stay_as_they_are() -> None:
    for path in ("/api/00/x", "/api/1/envelope", "//api/projects", "/x/api/0/y", "", "/"):
        assert tidy(path, path.encode()) == path


def test_the_time_is_proportional_to_the_length() -> None:
    assert_linear(lambda size: "/" * size, lambda some: tidy("/api/0" + some, b"/%61pi/0" + some.encode()))
