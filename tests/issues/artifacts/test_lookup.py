"""Finding the artifacts of a frame."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from issues.artifacts import lookup
from issues.artifacts.lookup import Script, ScriptFiles
from issues.models import Artifact, Upload
from rustrak.lib import clock
from tests.lib import artifacts
from tests.lib.artifacts import DEBUG_ID

pytestmark = pytest.mark.django_db
URL = "https://shop.example/static/app.js?v=1"
OTHER_ID = "11111111-2222-5333-8444-555555555555"


@pytest.fixture
def project() -> Project:
    return Project.objects.create(name="Shop")


def find(project: Project, script: Script) -> ScriptFiles | None:
    return lookup.scripts(project.pk, [script]).get(script)


def names_of(files: ScriptFiles | None) -> tuple[str, str | None, str | None] | None:
    return files and (files.how, files.source and files.source.name, files.map and files.map.name)


def test_by_debug_id(project: Project):
    built = artifacts.build()
    old = artifacts.stored_build(project, built, "~/old.js", debug_id=DEBUG_ID)
    new = artifacts.stored_build(project, built, "~/new.js", release="shop@2", debug_id=DEBUG_ID)

    found = find(project, Script(URL, DEBUG_ID, "shop@1"))

    assert names_of(found) == ("debug_id", "~/new.js", "~/new.js.map")
    assert found is not None
    assert found.map is not None
    assert found.source is not None
    assert {found.map.upload_id, found.source.upload_id} == {new.pk} != {old.pk}
    assert (found.map.file.size, found.map.file.is_compressed) == (len(built.map), True)
    assert find(project, Script(URL, OTHER_ID)) is None


def test_by_release_dist_and_name(project: Project):
    built = artifacts.build()
    artifacts.stored_build(project, built, "~/static/app.js", release="shop@1")
    artifacts.stored_build(project, built, "https://shop.example/static/app.js", release="shop@1", dist="7")

    assert names_of(find(project, Script(URL, release="shop@1"))) == (
        "release",
        "~/static/app.js",
        "~/static/app.js.map",
    )
    assert names_of(find(project, Script(URL, release="shop@1", dist="9"))) == (
        "release",
        "~/static/app.js",
        "~/static/app.js.map",
    )
    exact = names_of(find(project, Script(URL, release="shop@1", dist="7")))
    assert exact == (
        "release",
        "https://shop.example/static/app.js",
        "https://shop.example/static/app.js.map",
    )
    # An id that nobody uploaded does not stop a script that was uploaded without one.
    assert find(project, Script(URL, DEBUG_ID, "shop@1"))
    for script in (
        Script(URL),
        Script(URL, release="shop@2"),
        Script("https://shop.example/app.js", release="shop@1"),
    ):
        assert find(project, script) is None


def test_a_file_of_another_build_does_not_fit(project: Project):
    artifacts.stored_build(project, artifacts.build(), "~/static/app.js", release="shop@1", debug_id=OTHER_ID)

    assert find(project, Script(URL, DEBUG_ID, "shop@1")) is None
    assert find(project, Script(URL, release="shop@1"))


def test_the_map_of_a_script(project: Project):
    def kinds(reference: str, *maps: str) -> str | None:
        of = artifacts.upload(project, release=f"r{Upload.objects.count()}")
        artifacts.artifact(of, "~/a.js", b"1", source_map=reference)
        for name in maps:
            artifacts.artifact(of, name, b"{}", Artifact.Kind.SOURCE_MAP)
        found = find(project, Script("https://h.example/a.js", release=of.release))
        assert found
        return found.map and found.map.name

    assert kinds("maps/a.map", "~/maps/a.map", "~/a.js.map") == "~/maps/a.map"
    assert kinds("https://cdn.example/x/a.map", "~/x/a.map") == "~/x/a.map"
    assert kinds("", "~/a.js.map") == "~/a.js.map"
    assert kinds("inline", "~/a.js#map") == "~/a.js#map"
    assert kinds("b.map", "~/c.map") is None
    of = artifacts.upload(project, release="only-map")
    artifacts.artifact(of, "~/a.js.map", b"{}", Artifact.Kind.SOURCE_MAP)
    assert names_of(find(project, Script("https://h.example/a.js", release="only-map"))) == (
        "release",
        None,
        "~/a.js.map",
    )


def test_the_map_of_the_same_upload_comes_first(project: Project):
    """A debug id finds a script by its content, which uploads share; its map is the one beside it."""
    for release in ("1", "2", ""):
        of = artifacts.upload(project, release=release)
        if release != "2":
            artifacts.artifact(
                of, "~/a.js", b"1", source_map="a.js.map", debug_id=DEBUG_ID if release == "1" else ""
            )
        artifacts.artifact(of, "~/a.js.map", release.encode(), Artifact.Kind.SOURCE_MAP)

    found = find(project, Script("https://h.example/a.js", DEBUG_ID))

    assert found is not None
    assert found.map is not None
    assert found.source is not None
    assert found.map.upload_id == found.source.upload_id
    assert found.map.release == "1"


def test_two_projects_with_the_same_names_and_ids_never_meet(project: Project):
    other = Project.objects.create(name="Other", slug="other")
    built = artifacts.build()
    for each in (other, project, other):
        of = artifacts.stored_build(each, built, "~/static/app.js", release="shop@1", debug_id=DEBUG_ID)
        artifacts.artifact(of, "/proguard/x.txt", b"p", Artifact.Kind.PROGUARD, debug_id=OTHER_ID)
    scripts = [Script(URL, DEBUG_ID, "shop@1"), Script(URL, "", "shop@1"), Script("https://h/x.js", DEBUG_ID)]
    own = set(Artifact.objects.filter(project=project).values_list("pk", flat=True))

    found = lookup.scripts(project.pk, scripts)
    facts = [lookup.facts(project.pk, script) for script in scripts]
    files = lookup.by_debug_ids(project.pk, [OTHER_ID], [Artifact.Kind.PROGUARD])

    assert len(found) == len(scripts)
    used = [one for each in found.values() for one in (each.source, each.map)]
    used += [one for each in facts for one in (*each.with_debug_id, *each.named)] + files[OTHER_ID]
    assert used
    assert {one.id for one in used if one} <= own
    assert {each.artifact_count for each in facts} == {2, 0}
    theirs = Upload.objects.filter(project=other).first()
    assert theirs
    assert lookup.named_in_upload(project.pk, theirs.pk, ["~/static/app.js"]) == {}


def test_a_few_queries_for_any_number_of_scripts(project: Project):
    built = artifacts.build()
    for release in ("1", "2", "3"):
        for name in ("a", "b", "c"):
            artifacts.stored_build(project, built, f"~/{name}.js", release=release)
            artifacts.stored_build(project, built, f"~/{name}.js", release=release, debug_id=DEBUG_ID)
    scripts = [Script(f"https://h/{name}.js", "", release) for release in "1234" for name in "abcd"]
    scripts += [Script("https://h/x.js", DEBUG_ID), Script("<anonymous>", "", "1"), Script("", "", "1")]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = lookup.scripts(project.pk, scripts)

    assert len(queries) <= 3
    assert len(found) == 10
    assert all(files.map for files in found.values())


def test_debug_files(project: Project):
    of = artifacts.upload(project)
    best = artifacts.artifact(
        of, "debug", b"debug", Artifact.Kind.NATIVE, debug_id=DEBUG_ID, details={"features": ["debug"]}
    )
    for number in range(12):
        last = artifacts.artifact(
            of, "symbols", b"%d" % number, Artifact.Kind.NATIVE, debug_id=DEBUG_ID, arch="arm64"
        )
    artifacts.artifact(of, "x", b"3", Artifact.Kind.PROGUARD, debug_id=DEBUG_ID)

    found = lookup.by_debug_ids(project.pk, [DEBUG_ID, OTHER_ID], [Artifact.Kind.NATIVE])

    assert list(found) == [DEBUG_ID]
    assert [one.id for one in found[DEBUG_ID][:2]] == [best.pk, last.pk]
    assert (found[DEBUG_ID][0].features, found[DEBUG_ID][1].arch, len(found[DEBUG_ID])) == (
        ("debug",),
        "arm64",
        10,
    )


def test_sources_beside_a_map(project: Project):
    of = artifacts.stored_build(project, artifacts.build(), release="1")
    source = artifacts.artifact(of, "~/src/cart.ts", b"text", Artifact.Kind.SOURCE)

    assert (
        lookup.named_in_upload(project.pk, of.pk, ["~/src/cart.ts", "~/x"])["~/src/cart.ts"].id == source.pk
    )


def test_the_use_of_an_upload_is_noted_once_a_day(project: Project):
    of = artifacts.upload(project)

    lookup.mark_used([of.pk])
    of.refresh_from_db()
    first = of.last_used_at
    assert first is not None
    assert first.date() == clock.now().date()

    Upload.objects.update(last_used_at=first + timedelta(minutes=1))
    lookup.mark_used([of.pk])
    assert Upload.objects.get(pk=of.pk).last_used_at == first + timedelta(minutes=1)


def test_facts_say_why_nothing_was_found(project: Project):
    built = artifacts.build()
    artifacts.stored_build(project, built, "~/app.js", release="shop@1", dist="7")
    artifacts.stored_build(project, built, "~/static/app.js", release="shop@2")

    facts = lookup.facts(project.pk, Script(URL, DEBUG_ID, "shop@1"))

    assert facts.files is None
    assert facts.tried[-1] == "~/static/app.js"
    assert (facts.with_debug_id, facts.artifact_count, facts.dists) == ((), 2, ("7",))
    assert facts.releases == ("shop@2", "shop@1")
    assert [(one.release, one.name) for one in facts.named] == [("shop@2", "~/static/app.js")]
    assert [(miss.name, miss.differs) for miss in facts.misses] == [("~/app.js", ("prefix",))]
    assert lookup.facts(project.pk, Script("<anonymous>")).tried == ()


def test_facts_of_what_was_found(project: Project):
    of = artifacts.upload(project, release="shop@1")
    artifacts.artifact(of, "~/static/app.js", b"1", source_map="gone.map", debug_id=DEBUG_ID)

    facts = lookup.facts(project.pk, Script(URL, DEBUG_ID, "shop@1"))

    assert facts.files is not None
    assert facts.files.map is None
    assert facts.map_names == ("~/static/gone.map", "~/static/app.js.map")
    assert [one.name for one in facts.with_debug_id] == ["~/static/app.js"]
    assert facts.misses == ()
