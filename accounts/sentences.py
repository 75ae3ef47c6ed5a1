"""What fields say of what was typed, in place of Django's sentences: what to do about it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.functional import lazy
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

_CHOOSE: dict[str, Any] = {
    "required": _("Choose one."),
    "invalid_choice": _("Choose one of the list."),
}
#: By kind of field, the first that fits; what is of no kind has the last.
_SENTENCES: tuple[tuple[type[forms.Field], dict[str, Any]], ...] = (
    (forms.ChoiceField, _CHOOSE),
    (forms.ModelChoiceField, _CHOOSE),
    (forms.BooleanField, {"required": _("Tick this.")}),
    (forms.FileField, {"required": _("Choose a file.")}),
    (forms.EmailField, {"invalid": _("Write a whole address, as in name@example.org.")}),
    (forms.URLField, {"invalid": _("Give a whole address that begins with https:// or http://.")}),
    (forms.DateTimeField, {"invalid": _("Write a day and an hour as in 1996-02-14 09:30.")}),
    (
        forms.DateField,
        {"required": _("Say which day."), "invalid": _("Write a day as in 1996-02-14.")},
    ),
    (forms.TimeField, {"invalid": _("Write an hour as in 21:30.")}),
    *(
        (kind, {"required": _("Write a number."), "invalid": _("Write a number.")})
        for kind in (forms.DecimalField, forms.FloatField)
    ),
    (forms.IntegerField, {"required": _("Write a number."), "invalid": _("Write a whole number.")}),
    (forms.Field, {}),
)
_EVERY: dict[str, Any] = {
    "required": _("Fill this in."),
    "max_value": _("Write %(limit_value)s or less."),
    "min_value": _("Write %(limit_value)s or more."),
    "max_length": _("Write at most %(limit_value)d characters: there are %(show_value)d."),
}


def say_plainly(fields: Mapping[str, forms.Field]) -> None:
    """Give the fields our sentences wherever nothing more fitting was written for them."""
    for field in fields.values():
        stock: dict[str, Any] = {}
        for kind in reversed(type(field).__mro__):
            stock |= getattr(kind, "default_error_messages", {})
        ours = _EVERY | next(said for kind, said in _SENTENCES if isinstance(field, kind))
        for name, words in ours.items():
            if field.error_messages.get(name) == stock.get(name):
                field.error_messages[name] = words


def _listed() -> SafeString:
    rules = ((text,) for text in password_validators_help_texts())
    return format_html_join(" ", '<span class="rule">{}</span>', rules)


#: What a password must be like, as a list that may stand in a label.
password_rules = lazy(_listed, SafeString)


class PlainForm(forms.BaseForm):
    """A form whose fields speak plainly."""

    def full_clean(self) -> None:
        say_plainly(self.fields)
        super().full_clean()
