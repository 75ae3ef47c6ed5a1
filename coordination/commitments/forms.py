"""What people type about a commitment."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import local_moment
from coordination.base.forms import SubmissionForm
from coordination.processes.edit_forms import EditForm
from coordination.processes.models import AnchorDate

from .models import CheckIn, Level

LEVEL_HINTS = {
    Level.NOT_INITIATED: _("Nothing has been done yet"),
    Level.MINIMUM: _("Begun; a few steps taken"),
    Level.INTERMEDIATE: _("Well under way; can be finished"),
    Level.FULL: _("Done, or all but done"),
}


class LevelField(forms.TypedChoiceField):
    """One of the four levels, with no default: an answer is always somebody's choice."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(
            choices=Level.choices,
            coerce=int,
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose one of the four levels.")},
            **kwargs,  # type: ignore[arg-type]
        )


class CheckInForm(SubmissionForm):
    level = LevelField(label=_("Where does it stand?"))
    account = forms.CharField(
        label=_("What changed?"),
        help_text=_("One or two sentences. Numbers help."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("Write at most %(limit_value)d characters.")},
    )
    obstacle = forms.ChoiceField(
        label=_("What holds it up?"),
        choices=[("", _("Choose an answer")), *CheckIn.Obstacle.choices],
        error_messages={"required": _("Choose what holds it up, or “Nothing”.")},
    )

    @property
    def level_options(self) -> list[tuple[int, Any, Any, bool]]:
        """Value, label, hint and whether it was chosen, for each level."""
        chosen = str(self["level"].value())
        return [(one.value, one.label, LEVEL_HINTS[one], str(one.value) == chosen) for one in Level]


class AnchorDateForm(EditForm):
    """A date for an anchor event; earlier ones stay in its record."""

    clock = forms.TimeField(
        label=_("Time"),
        help_text=_("Where hours count from it; in the process’s time zone."),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    not_happened = forms.BooleanField(label=_("It has not happened after all"), required=False)

    class Meta:
        model = AnchorDate
        fields = ("status", "on", "clock", "decided_by", "decided_on", "not_happened")
        labels = {"status": _("This date is")}
        error_messages = {"on": {"required": _("Say which day.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["status"] = (
            AnchorDate.Status.RESCHEDULED if self.thing.on else AnchorDate.Status.PLANNED
        )
        if self.thing.has_happened:
            self.initial["status"] = AnchorDate.Status.ACTUAL
        else:
            del self.fields["not_happened"]

    def state_of(self, thing: Any) -> dict[str, Any]:
        """Not what is typed here, but the date in force that it is typed in view of."""
        return {"date": [thing.on, thing.at, thing.has_happened]}

    def given(self) -> dict[str, Any]:
        said = super().given()
        clock, on = said.pop("clock"), said["on"]
        return said | {"at": local_moment(on, clock, self.process.zone) if clock else None}
