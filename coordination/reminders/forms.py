"""What one looks for in the delivery log."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import validate_year_range
from coordination.outbox.models import Message

from .delivery_log import RETRY, VIEWS, WAITED, Wanted
from .models import Reminder


class LogFilter(forms.Form):
    """Words, a state, a party and a first day; each left empty asks for all."""

    find = forms.CharField(
        label=_("Find"),
        required=False,
        max_length=80,
        widget=forms.TextInput(
            {"type": "search", "placeholder": _("Recipient, subject or reference")}
        ),
    )
    state = forms.ChoiceField(label=_("State"), required=False)
    party = forms.ChoiceField(label=_("Party"), required=False)
    since = forms.DateField(
        label=_("Since"),
        required=False,
        validators=[validate_year_range],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Write a day as in 1996-02-14.")},
    )

    def __init__(self, asked: Any, *, parties: list[str]) -> None:
        super().__init__(asked)
        said = asked.get("view", "")
        self.view: str = said if said in VIEWS else "all"
        state: Any = self.fields["state"]
        party: Any = self.fields["party"]
        state.choices = [("", _("Any")), *_states(self.view)]
        party.choices = [("", _("Any")), *((code, code) for code in parties)]
        for box in (state, party):
            box.error_messages["invalid_choice"] = _("There is none of these: choose again.")

    def wanted(self) -> Wanted:
        said = self.cleaned_data
        since: date | None = said["since"]
        return Wanted(self.view, said["find"], said["state"], said["party"], since)


def _states(view: str) -> list[tuple[str, Any]]:
    if view == WAITED:
        states = Reminder.State
        return [(one.value, one.label) for one in (states.WAITING, states.SUPERSEDED)]
    return [*Message.State.choices, (RETRY, _("trying again"))]
