"""Fields say what to do, wherever nothing more fitting was written for them."""

from typing import Any

import pytest
from django import forms

from accounts.sentences import PlainForm, password_rules


class Asked(PlainForm, forms.Form):
    name = forms.CharField(max_length=5)
    email = forms.EmailField()
    days = forms.IntegerField(min_value=1, max_value=90)
    share = forms.DecimalField(required=False)
    kind = forms.ChoiceField(choices=[("a", "A")])
    on = forms.DateField(required=False, error_messages={"invalid": "Which day?"})


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", "", "Fill this in."),
        ("name", "longer", "Write at most 5 characters: there are 6."),
        ("email", "nobody", "Write a whole address, as in name@example.org."),
        ("days", "91", "Write 90 or less."),
        ("days", "0", "Write 1 or more."),
        ("days", "1.5", "Write a whole number."),
        ("share", "half", "Write a number."),
        ("kind", "", "Choose one."),
        ("kind", "b", "Choose one of the list."),
        ("on", "soon", "Which day?"),
    ],
)
def test_a_field_says_what_to_do(field: str, typed: str, words: str) -> None:
    good: dict[str, Any] = {"name": "Ana", "email": "a@x.example", "days": "1", "kind": "a"}
    assert Asked(good).is_valid()
    assert Asked(good | {field: typed}).errors == {field: [words]}


def test_what_a_password_must_be_like_is_a_list() -> None:
    assert str(password_rules()).count('<span class="rule">') == 4
