from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Project, User
from issues.commits import suspects
from issues.commits.code_mappings import bulk_set
from issues.commits.recorded import SentCommit, set_commits
from issues.models import Release, Repository
from issues.releases import rows

pytestmark = pytest.mark.django_db


def frame(path: str, in_app: bool = True, **more: Any) -> dict[str, Any]:
    return {"filename": path, "function": "f", "in_app": in_app, "lineno": 3, **more}


def payload(*frames: dict[str, Any]) -> dict[str, Any]:
    """An event with these frames, the raising one last."""
    return {"exception": {"values": [{"type": "E", "stacktrace": {"frames": list(frames)}}]}}


def commit(sha: str, *files: str, **more: Any) -> SentCommit:
    sent = tuple((path[2:], path[0]) for path in files)
    return SentCommit(
        sha, **{"repository": "acme/shop", "message": f"Change {sha}\n\nMore", "files": sent, **more}
    )


def record(project: Project, version: str, *commits: SentCommit) -> Release:
    release, _ = rows.create(project, version)
    set_commits(project, release, commits, by=None)
    return release


EVENT = payload(frame("src/main.ts"), frame("src/cart.ts"), frame("node_modules/x/index.js", in_app=False))


def found(project: Project, *releases: str, event: dict[str, Any] = EVENT) -> list[tuple[str, str]]:
    return [(one.sha, one.reason) for one in suspects.of_event(project, event, releases).found]


def test_the_commits_that_touched_the_frames_are_listed_newest_first(shop: Project, bo: User) -> None:
    record(
        shop, "1.1",
        commit("e", "M:src/main.ts", author_name="Bo", author_email="BO@example.org"),
        commit("d", "M:docs/cart.ts", "M:node_modules/x/index.js"),
        commit("c", "A:src/cart.ts", "M:src/main.ts"),
        commit("b"),
        commit("a", "D:src/cart.ts", author_email="x@example.org"),
    )  # fmt: skip
    Repository.objects.update(url="https://github.com/acme/shop")
    assert found(shop, "1.1") == [
        ("e", "Changed src/main.ts, the file of in-app frame 2 of 2."),
        ("c", "Added src/cart.ts, the file of the raising frame and 1 more file of the stack trace."),
        ("a", "Deleted src/cart.ts, the file of the raising frame."),
    ]
    first, _, last = suspects.of_event(shop, EVENT, ["1.1"]).found
    assert (first.author.member, last.author.member) == (bo.pk, None)
    assert (first.title, first.url) == ("Change e", "https://github.com/acme/shop/commit/e")


def test_other_projects_and_releases_are_left_alone(shop: Project) -> None:
    blog = Project.objects.create(name="Blog", slug="blog")
    record(blog, "1.1", commit("b", "M:src/cart.ts"))
    record(shop, "1.2", commit("c", "M:src/cart.ts"))
    assert found(shop, "1.1") == found(shop, "") == found(shop, "1.2", event=payload()) == []
    # The issue was first seen in another release than that of the event.
    record(shop, "1.3", commit("d", "M:src/cart.ts"))
    assert [sha for sha, _ in found(shop, "1.3", "1.2", "1.0")] == ["d", "c"]
    record(shop, "1.3", commit("d", "M:src/cart.ts"), commit("c", "M:src/cart.ts"))
    listed = suspects.of_event(shop, EVENT, ["1.3", "1.2"]).found
    assert [(one.sha, one.release) for one in listed] == [("d", "1.3"), ("c", "1.3")]


def test_a_release_without_commits_has_those_of_the_newest_older_one(shop: Project) -> None:
    for version in ("shop@1.0.0", "shop@1.1.0", "shop@1.3.0", "other@1.1.5"):
        record(shop, version, commit(f"of-{version}", "M:src/cart.ts"))
    rows.create(shop, "shop@1.2.0")
    answer = suspects.of_event(shop, EVENT, ["shop@1.2.0"])
    assert [one.sha for one in answer.found] == ["of-shop@1.1.0"]
    assert answer.because == (
        "shop@1.2.0 has no commits of its own, so these are those of shop@1.1.0, the newest release before it that has."
    )
    assert not suspects.of_event(shop, EVENT, ["shop@0.9.0"])


def test_code_mappings_say_which_file_it_is(shop: Project) -> None:
    record(
        shop, "1.1", commit("a", "M:web/src/cart.ts"), commit("b", "M:src/cart.ts"),
        commit("c", "M:web/src/cart.ts", repository="acme/other"),
    )  # fmt: skip
    assert [sha for sha, _ in found(shop, "1.1")] == ["a", "b", "c"]
    bulk_set(shop, "acme/shop", "main", [("src/", "web/src/")])
    record(
        shop,
        "1.2",
        commit("d", "M:web/src/cart.ts", repository="origin"),
        commit("e", "M:src/cart.ts", repository="origin"),
    )
    assert [sha for sha, _ in found(shop, "1.2")] == ["d"]
    Repository.objects.filter(name="acme/shop").update(url="https://github.com/acme/shop")
    assert suspects.of_event(shop, EVENT, ["1.2"]).found[0].url == "https://github.com/acme/shop/commit/d"
    assert [sha for sha, _ in found(shop, "1.1")] == ["a"]


def test_a_bare_name_means_the_only_file_of_it(shop: Project) -> None:
    record(shop, "1.1", commit("a", "M:lib/cart.rb"), commit("b", "M:lib/item.rb", "M:app/item.rb"))
    event = payload(frame("item.rb"), frame("cart.rb"))
    assert [sha for sha, _ in found(shop, "1.1", event=event)] == ["a"]


def test_queries_do_not_grow(shop: Project, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    record(
        shop,
        "1.1",
        *(commit(str(number), "M:src/cart.ts", author_email=f"{number}@x.y") for number in range(50)),
    )
    with django_assert_num_queries(2):
        assert len(found(shop, "1.1")) == 50
    with django_assert_num_queries(3):
        assert found(shop, "0.9") == []
    strange = payload(
        frame("a" * 5_000), {"filename": 3, "abs_path": None, "in_app": True}, *EVENT["exception"]["values"]
    )
    assert found(shop, "1.1", event=strange) == []
