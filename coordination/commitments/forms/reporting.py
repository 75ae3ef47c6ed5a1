"""What an owner types about where it stands."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm
from coordination.processes.edit_forms import DayField

from ..access import acts_for_owner
from ..expected_queries import choices, times_of, to_report
from ..models import CheckIn, Commitment, ExpectedOccurrence, Level, Obligation
from .audience import AudienceField

LEVEL_HINTS = {
    Level.NOT_INITIATED: _("Nothing has been done yet"),
    Level.MINIMUM: _("Begun; a few steps taken"),
    Level.INTERMEDIATE: _("Well under way; can be finished"),
    Level.FULL: _("Done, or all but done"),
}
NO_DAY = {"invalid": _("Write a day as in 1996-02-14.")}

#: As much of a field as a draft keeps: more than can be sent, so that too long a text is not lost.
KEPT = 20_000


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


def level_options(chosen: Any) -> list[tuple[int, Any, Any, bool]]:
    """Value, label, hint and whether it was chosen, for each level."""
    return [
        (one.value, one.label, LEVEL_HINTS[one], str(one.value) == str(chosen)) for one in Level
    ]


class ExpectedField(forms.ModelChoiceField):
    """One of the times at which something is expected; what was called off is none of them."""

    def __init__(
        self,
        obligation: Obligation,
        rows: Sequence[ExpectedOccurrence],
        chosen: ExpectedOccurrence | None,
        *,
        most: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            ExpectedOccurrence.objects.filter(obligation=obligation, called_off_at=None),
            required=False,
            initial=chosen.pk if chosen else None,
            error_messages={"invalid_choice": _("It is not expected at that time any more.")},
            **kwargs,
        )
        blank = [] if chosen else [("", _now("none of them"))]
        self.choices = [*blank, *choices(rows, chosen, most=most)]


class CheckInForm(SubmissionForm):
    sends = True

    level = LevelField(label=_("Where does it stand?"))
    done_on = DayField(
        label=_("When was it done?"),
        help_text=_("Only where the level is full; empty means the day of your report."),
        required=False,
        error_messages=NO_DAY,
    )
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
        help_text=_("May be left empty where the level is full."),
        required=False,
    )
    next_expected_on = DayField(
        label=_("When do you expect it to be done?"),
        help_text=_("Where it is not done yet and you can tell."),
        required=False,
        error_messages=NO_DAY,
    )

    def __init__(
        self, data: Any = None, *, obligation: Obligation, user: Any, most: int = 24, **kwargs: Any
    ) -> None:
        """`user` fills it in. `most` times are offered of those that are open, where it is expected
        several times."""
        super().__init__(data, **kwargs)
        self.obligation = obligation
        self.fields["audience"] = AudienceField(
            acts_for_owner(user, obligation),
            kept=self.initial.get("audience", ""),
            help_text=_now("Who reads your words. The level is seen by everybody in the process."),
        )
        if obligation.commitment.kind in Commitment.EXPECTED:
            rows = list(times_of(obligation))[::-1]
            self.fields["expected"] = ExpectedField(
                obligation,
                rows,
                self._named(rows) or to_report(obligation, rows),
                most=most,
                label=_("Which time is it about?"),
            )
            self.order_fields(["expected"])

    @property
    def level_options(self) -> list[tuple[int, Any, Any, bool]]:
        return level_options(self["level"].value())

    def _named(self, rows: Sequence[ExpectedOccurrence]) -> ExpectedOccurrence | None:
        """The time that a draft, or what is corrected, is about."""
        named = str(self.initial.get("expected", ""))
        return next((row for row in rows if str(row.pk) == named and not row.called_off_at), None)

    @property
    def numbers(self) -> dict[str, int]:
        """The number of each question."""
        return {field.name: n for n, field in enumerate(self.visible_fields(), 1)}

    def clean(self) -> dict[str, Any]:
        """What is done is held up by nothing: nobody is asked to say so."""
        data = super().clean() or self.cleaned_data
        if data.get("obstacle") == "":
            if data.get("level") == Level.FULL:
                data["obstacle"] = CheckIn.Obstacle.NOTHING
            else:
                self.add_error("obstacle", _now("Choose what holds it up, or “Nothing”."))
        return data

    def clean_next_expected_on(self) -> date | None:
        day = self.cleaned_data["next_expected_on"]
        if day and day < self.obligation.commitment.process.today():
            raise forms.ValidationError(_now("Choose today or a later day."))
        return day

    def kept(self) -> dict[str, str]:
        """What a draft keeps: the fields as typed, whether or not they could be sent."""
        names = [name for name in self.fields if name != "submission"]
        typed = {name: str(self.data.get(name, "")) for name in names}
        # A database keeps no NUL in a text.
        return {name: words.replace("\0", "")[:KEPT] for name, words in typed.items() if words}


def as_typed(check_in: CheckIn) -> dict[str, Any]:
    """What a check-in said, for a form that corrects it."""
    said = {
        "level": check_in.level,
        "account": check_in.account,
        "obstacle": check_in.obstacle,
        "audience": check_in.audience,
    }
    if check_in.done_on:
        said["done_on"] = check_in.done_on
    if check_in.next_expected_on:
        said["next_expected_on"] = check_in.next_expected_on
    if check_in.expected_id:
        said["expected"] = check_in.expected_id
    return said
