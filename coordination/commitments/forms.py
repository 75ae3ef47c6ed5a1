"""What people type about a commitment."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.errors import Refused

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


class SubmissionField(forms.UUIDField):
    """The key of one sending; a missing or spoilt one is replaced, since nobody can mend it."""

    def clean(self, value: Any) -> uuid.UUID:
        try:
            return super().clean(value)
        except forms.ValidationError:
            return uuid.uuid4()


class SubmissionForm(forms.Form):
    """A form that counts once, however often its button is pressed."""

    submission = SubmissionField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def refuse(self, refused: Refused) -> None:
        """Show why an action refused what was sent, beside its field where the form has it."""
        self.add_error(refused.field if refused.field in self.fields else None, refused.message)


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
