from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.versions.versions import version_of

# Each is older than the next one. The fifth to tenth are the example of semver.org.
ORDER = [
    "0.9", "v0.10", "shop@0.10.0.1", "0.11.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2",
    "1.0.0-beta.11", "shop@1.0.0-rc.1", "1", "1.0.0+9", "1.0.0+10", "1.0.0+a", "1.2.3.4.5", "999999999999999999.0",
]  # fmt: skip


def test_versions_have_the_order_of_semver() -> None:
    versions = [version_of(name) for name in ORDER]
    assert None not in versions
    assert versions == sorted(versions)
    assert len({version.order for version in versions}) == len(ORDER)
    assert version_of("a@1.0") == version_of("v1") == version_of("1.0.0.0.0")


@pytest.mark.parametrize(
    "name",
    ["", "abc", "1.2.3.4.5.6", "0a1b2c3", "1..2", "1.0-", "shop@", "shop@1@x", "1" * 19, "१.२", "1.0\n"],
)
def test_other_names_have_no_version(name: str) -> None:
    assert version_of(name) is None


@given(st.text(st.sampled_from("0123.-+@va"), max_size=12))
def test_any_name_is_read(name: str) -> None:
    version = version_of(name)
    assert version is None or version == version


def test_the_package_is_what_stands_before_the_at() -> None:
    found = version_of("@acme/shop@1.2")
    assert found
    assert found.package == "@acme/shop"
