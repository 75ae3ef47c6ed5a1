"""What is typed about triggers, and about each time that one happens."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import local_moment
from coordination.processes.edit_forms import EditForm
from coordination.processes.tables import State

from ..models import Trigger, TriggerEvent

#: What happened before is no event that somebody answers today.
FIRST_YEAR = 1900


class TriggerForm(EditForm):
    class Meta:
        model = Trigger
        fields = ("key", "name", "description")
        help_texts = {"key": _("Small letters and hyphens; part of its address.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.thing is not None:
            del self.fields["key"]

    def state_of(self, thing: Trigger) -> State:
        return {"name": thing.name, "description": thing.description}


class TriggerEventForm(EditForm):
    """It happened: when, what, and who says so."""

    clock = forms.TimeField(
        label=_("Time"),
        required=False,
        help_text=_("Where hours count from it; in the process’s time zone."),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    class Meta:
        model = TriggerEvent
        fields = ("on", "clock", "what", "source")
        help_texts = {"on": "", "source": _("Report, letter or minutes.")}
        error_messages = {
            "on": {"required": _("Say which day.")},
            "what": {"required": _("Say what happened.")},
        }

    def clean_on(self) -> date:
        """A year that is typed with one digit too few would open tasks of another century."""
        day = self.cleaned_data["on"]
        if day.year < FIRST_YEAR:
            words = _now("Write a year from %(first)s on.")
            raise forms.ValidationError(words % {"first": FIRST_YEAR})
        return day

    def given(self) -> State:
        said = super().given()
        clock, on = said.pop("clock"), said["on"]
        return said | {"at": local_moment(on, clock, self.process.zone) if clock else None}
