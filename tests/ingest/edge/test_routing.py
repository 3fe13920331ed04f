from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge import intake
from ingest.edge.endpoints import ENDPOINTS
from ingest.edge.routing import Route, check_in_arguments, route
from tests.ingest.conftest import KEY


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/api/42/envelope/", Route("envelope", "42")),
        ("/api/42/envelope", Route("envelope", "42")),
        ("//api//42///envelope//", Route("envelope", "42")),
        ("/api/042/store/", Route("store", "42")),
        ("/api/store/", Route("store")),
        ("/api/42/security/", Route("security", "42")),
        ("/api/42/csp-report/", Route("security", "42")),
        ("/api/42/nel/", Route("nel", "42")),
        ("/api/42/minidump", Route("minidump", "42")),
        ("/api/42/events/abc/attachments/", Route("attachments", "42", {"event_id": "abc"})),
        ("/api/42/cron/nightly", Route("cron", "42", {"monitor": "nightly"})),
        (f"/api/42/cron/nightly/{KEY}/", Route("cron", "42", {"monitor": "nightly", "key": KEY})),
        (f"/api/42/cron/{KEY}/", Route("cron", "42", {"monitor": KEY})),
        ("/api/42/cron/db/backup/", Route("cron", "42", {"monitor": "db/backup"})),
        (f"/api/42/cron/db/backup/{KEY}", Route("cron", "42", {"monitor": "db/backup", "key": KEY})),
        (f"/api/42/cron/../{KEY}/", Route("cron", "42", {"monitor": "..", "key": KEY})),
        ("/api/embed/error-page/", Route("error_page")),
        (
            "/api/0/projects/us/shop/user-feedback/",
            Route("user_feedback", None, {"organization": "us", "project": "shop"}),
        ),
    ],
)
def test_sdk_paths(path: str, found: Route) -> None:
    assert route(path) == found


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/api", "/api/projects", "/api/projects/42", "/api/42/", "/api/x/envelope/", "/api/42/envelope/x",
        "/api/²/store/", "/api/42/Envelope/", "/api/-1/store/", "/x/api/42/envelope/", "/api/4 2/store/",
        "/api/projects/42/issues", "/api/tokens", "/api/0/projects/us/shop/", "/api/0/projects/shop/user-feedback/",
        "/api/42/cron/", "/api/42/events/", "/api/embed/", "/envelope/", "/api/openapi.json",
    ],
)  # fmt: skip
def test_other_paths_belong_to_django(path: str) -> None:
    assert route(path) is None
    assert not intake.handles(path)


@given(
    st.lists(
        st.sampled_from(["", "api", "42", "0", "store", "cron", "projects", "é"]) | st.text(), max_size=7
    )
)
def test_any_path_has_an_answer(parts: list[str]) -> None:
    found = route("/".join(parts))
    assert found is None or found.project is None or found.project == "" or int(found.project) > 0


def test_every_endpoint_has_a_path() -> None:
    paths = ["/api/42/envelope/", "/api/42/store/", "/api/42/security/"]
    assert all(intake.handles(path) for path in paths)
    assert {"envelope", "store", "security"} <= ENDPOINTS.keys()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("db%2Fbackup", "db/backup"), ("db/backup", "db/backup"), ("a%2F", "a/"), ("%2e%2e", ".."), ("a%20b", "a b"),
        ("%D0%B1%D1%8D", "бэ"), ("a+b", "a+b"), ("%ff", "\ufffd"), ("a%25b", "a%b"), ("a//b", "a/b"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("prefix", ["", "/errors", "/api/1/cron/x"])
def test_the_name_of_a_monitor_is_what_was_sent(prefix: str, path: str, name: str) -> None:
    found = check_in_arguments(f"{prefix}//api/42/cron/{path}/{KEY}/".encode())
    if prefix != "/api/1/cron/x":
        assert found == {"monitor": name, "key": KEY}
    assert check_in_arguments(b"/api/42/envelope/") is None
    assert check_in_arguments(b"/api/42/cron/") is None
