"""Secrets in stored texts: opened when a mail leaves, hidden from who else reads it."""

import pytest

from coordination.base.capabilities import conceal, new_nonce, placeholder, reveal, seal, token_for


def test_what_is_sealed_is_opened_when_it_leaves_and_hidden_until_then() -> None:
    stored = f"Open {seal('https://site.example/secret')} today"
    assert "secret" not in stored
    assert reveal(stored) == "Open https://site.example/secret today"
    assert conceal(stored) == "Open … today"


def test_a_token_stands_in_its_place() -> None:
    nonce = new_nonce()
    assert reveal(f"/c/{placeholder(nonce)}/") == f"/c/{token_for(nonce)}/"


@pytest.mark.parametrize("text", ["~sealed:x~", "~sealed:~", "~sealed:gAAAAA==~"])
def test_a_persons_own_text_that_looks_sealed_stays_as_it_is(text: str) -> None:
    assert reveal(f"From {text}.") == f"From {text}."


def test_what_was_sealed_with_the_key_before_is_opened_still(settings) -> None:
    stored = seal("a secret")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-" + "1" * 50
    assert reveal(stored) == "a secret"
