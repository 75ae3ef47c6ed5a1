"""What one asks the ledger for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import validate_year_range


class LedgerFilter(forms.Form):
    """Person, kind of thing, deed and period; each left empty asks for all."""

    actor = forms.ChoiceField(label=_("Who"), required=False)
    object_type = forms.ChoiceField(label=_("About"), required=False)
    verb = forms.ChoiceField(label=_("What"), required=False)
    since = forms.DateField(
        label=_("From"),
        required=False,
        validators=[validate_year_range],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Write a day as in 1996-02-14.")},
    )
    until = forms.DateField(
        label=_("Until"),
        required=False,
        validators=[validate_year_range],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Write a day as in 1996-02-14.")},
    )

    def __init__(self, *args: Any, offered: dict[str, list[tuple[str, str]]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, words in (
            ("actor", _("Anybody")),
            ("object_type", _("Anything")),
            ("verb", _("Whatever was done")),
        ):
            box: Any = self.fields[name]
            box.choices = [("", words), *offered[name]]
            box.error_messages["invalid_choice"] = _("The ledger has none of these: choose again.")

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        since, until = asked.get("since"), asked.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        return asked

    def chosen(self) -> dict[str, Any]:
        """What was asked for and understood; the person by id, 0 for the schedule."""
        asked = {name: value for name, value in self.cleaned_data.items() if value}
        if "actor" in asked:
            asked["actor"] = int(asked["actor"])
        return asked
