from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import ApiToken, Project, User
from accounts.tokens import wizard
from accounts.tokens.text import is_token


def test_a_code_is_told_its_token_until_it_is_used(shop: Project, bo: User) -> None:
    code = wizard.new_code()
    assert wizard.granted(code) is None
    token = wizard.agree(bo, shop, code)
    found = wizard.granted(code)
    assert found is not None
    assert found[0] == token
    assert is_token(found[1])
    assert ApiToken.objects.find(found[1]) == token
    assert token.project_ids() == {shop.pk}
    assert wizard.granted(wizard.new_code()) is None
    wizard.finish(code)
    assert wizard.granted(code) is None
    with pytest.raises(wizard.AlreadyAgreed):
        wizard.agree(bo, shop, code)


def test_a_code_is_valid_for_ten_minutes(shop: Project, bo: User, monkeypatch: pytest.MonkeyPatch) -> None:
    code = wizard.new_code()
    wizard.agree(bo, shop, code)
    monkeypatch.setattr(wizard, "LIFE", timedelta(seconds=-1))
    with pytest.raises(wizard.BadCode):
        wizard.granted(code)


@pytest.mark.parametrize("code", ["", "x", "a:b:c", "a" * 10_000, "ünïcode:1:x"])
def test_other_codes_are_refused(code: str) -> None:
    with pytest.raises(wizard.BadCode):
        wizard.check(code)


def test_users_who_may_not_sign_in_have_no_token(shop: Project, bo: User) -> None:
    code = wizard.new_code()
    wizard.agree(bo, shop, code)
    User.objects.filter(pk=bo.pk).update(is_active=False)
    assert wizard.granted(code) is None
