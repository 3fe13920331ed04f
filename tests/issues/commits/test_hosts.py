from __future__ import annotations

import pytest

from issues.commits.hosts import KINDS, BadAddress, address_in, checked, commit_url, file_url

SHA = "1f0c2ab"


def test_the_address_of_a_line_on_each_kind_of_host() -> None:
    found = {
        kind: (
            file_url(host.example, kind, "src/my cart.ts", 7, commit=SHA),
            file_url(host.example, kind, "src/cart.ts", 7, branch="feature/x"),
        )
        for kind, host in KINDS.items()
    }
    github = "https://github.com/acme/shop/blob"
    assert found["github"] == (f"{github}/{SHA}/src/my%20cart.ts#L7", f"{github}/feature/x/src/cart.ts#L7")
    assert found["gitlab"][0] == f"https://gitlab.com/acme/shop/-/blob/{SHA}/src/my%20cart.ts#L7"
    gitea = "https://codeberg.org/acme/shop/src"
    assert found["gitea"] == (
        f"{gitea}/commit/{SHA}/src/my%20cart.ts#L7",
        f"{gitea}/branch/feature/x/src/cart.ts#L7",
    )
    assert found["bitbucket"][0] == f"https://bitbucket.org/acme/shop/src/{SHA}/src/my%20cart.ts#lines-7"
    assert found["azure"][0] == (
        f"https://dev.azure.com/acme/web/_git/shop?path=/src/my%20cart.ts&version=GC{SHA}"
        "&line=7&lineEnd=7&lineStartColumn=1&lineEndColumn=1"
    )
    assert found["sourcehut"][0] == f"https://git.sr.ht/~acme/shop/tree/{SHA}/item/src/my%20cart.ts#L7"
    assert found["bitbucket_dc"][0].endswith(f"/browse/src/my%20cart.ts?at={SHA}#7")


def test_what_nothing_tells_has_no_address() -> None:
    own = "https://git.example.com/acme/shop"
    assert commit_url(own, "", SHA) == ""
    assert commit_url(own, "gitea", SHA) == f"{own}/commit/{SHA}"
    assert commit_url("https://gitlab.example.com/acme/shop", "", SHA).endswith(f"/-/commit/{SHA}")
    assert commit_url("", "github", SHA) == commit_url(own, "github", "") == ""
    github = "https://github.com/acme/shop"
    assert file_url(github, "", "a/../../../x", 1, commit=SHA) == file_url(github, "", "a.js", 1) == ""
    assert file_url(github, "", 'a"><b>.js', None, commit="x/#?") == (
        f"{github}/blob/x%2F%23%3F/a%22%3E%3Cb%3E.js"
    )


def test_the_remotes_that_tell_an_address() -> None:
    shop = "https://github.com/acme/shop"
    for name in (
        "git@github.com:acme/shop.git", "ssh://git@github.com/acme/shop.git", "https://github.com/acme/shop.git",
        "https://token@github.com/acme/shop", "github.com/acme/shop", "ssh://git@github.com:22/acme/shop",
    ):  # fmt: skip
        assert address_in(name) == shop, name
    for name in (
        "acme/shop",
        "",
        "javascript:alert(1)",
        "https://github.com/",
        "git@localhost:acme/shop",
        "a" * 5_000,
    ):
        assert address_in(name) == "", name


def test_addresses_that_are_not_kept() -> None:
    assert checked(" https://github.com/acme/shop.git/ ") == "https://github.com/acme/shop"
    assert checked("") == ""
    for bad in (
        "javascript:alert(1)", "ftp://x.example/a", "https://", "https://a b/", "https://u:p@x.example/a", "https://x.example/?a=1",
        "https://x.example/#a", "//x.example/a", "https://x.example/<b>", "https://[x", "https://x.example/" + "a" * 1_000,
    ):  # fmt: skip
        with pytest.raises(BadAddress):
            checked(bad)
