"""Patterns of CODEOWNERS: the examples of GitHub's documentation, and paths as stack frames have them."""

from __future__ import annotations

from issues.ownership.paths import OwnedPaths
from tests.lib.growth import assert_linear

MATCHING = {
    "*": ("a a/b /x/y.py", ""),
    "*.js": ("a.js x/y/a.js /app/a.js", "a.jsx x.js.map"),
    "/build/logs/": ("build/logs/a build/logs/x/y /srv/build/logs/a", "x/build/logs/a build/logs"),
    "docs/*": ("docs/a.md /srv/app/docs/a.md", "docs/b/a.md x/docs/a.md"),
    "apps/": ("apps/a x/apps/b/c /apps/a", "apps x/apps appsx/a"),
    "/docs/": ("docs/a docs/b/c", "x/docs/a"),
    "/scripts/*.sh": ("scripts/a.sh", "scripts/x/a.sh x/scripts/a.sh"),
    "**/logs": ("logs/a build/logs/x deeply/nested/logs/y", "logsx/a"),
    "/apps/github": ("apps/github apps/github/x", "apps/githubx x/apps/github/a"),
    "src/**/pay.py": ("src/pay.py src/a/b/pay.py", "x/src/pay.py src/a/pay.pyc"),
    "/lib": ("lib/a ./lib/a webpack:///./lib/a app:///lib/a c:/repo/lib/a", "x/lib/a"),
    "f?o.py": ("foo.py a/fxo.py", "fo.py"),
    "a[b]{c,d}": ("a[b]{c,d}", "abc"),
}


def test_what_a_pattern_means() -> None:
    for pattern, (yes, no) in MATCHING.items():
        paths = OwnedPaths(pattern)
        for path in yes.split():
            assert paths.match(path), (pattern, path)
        for path in no.split():
            assert not paths.match(path), (pattern, path)


def test_the_time_grows_with_the_path() -> None:
    paths = OwnedPaths("a/**/*a*b*/**/c")
    assert_linear(lambda size: "/" + ("a/" * size)[:size], paths.match, largest=1 << 16)
