from __future__ import annotations

from accounts.models import User
from accounts.sign_in.reset_tokens import ResetTokens


def test_a_token_is_for_one_state_of_an_active_account(bo: User) -> None:
    tokens = ResetTokens()
    token = tokens.make_token(bo)
    assert tokens.check_token(bo, token)
    assert not tokens.check_token(None, token)
    bo.is_active = False
    assert not tokens.check_token(bo, token)
    assert not tokens.check_token(bo, tokens.make_token(bo)), "not with its own either"
    bo.is_active, bo.sign_in_key = True, "0" * 32
    assert not tokens.check_token(bo, token)
