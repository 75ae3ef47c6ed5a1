"""What is typed about a breach: the allegation, and each step after it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.base.errors import Overtaken, Refused
from coordination.base.forms import SubmissionForm
from coordination.processes.edit_forms import DayField

from ..breach_clocks import default_day
from ..models import Breach, Obligation

State = Breach.State


def _day(label: Any, hint: Any = "", *, required: bool = True) -> DayField:
    words = {"required": _("Choose a day."), "invalid": _("Write a day as in 1996-02-14.")}
    return DayField(label=label, help_text=hint, required=required, error_messages=words)


def _words(label: Any, hint: Any = "", *, required: bool, missing: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": missing,
            "max_length": _("Write at most %(limit_value)d characters."),
        },
    )


class AllegeForm(SubmissionForm):
    """What is alleged against one of those who owe the commitment."""

    allegation = _words(
        _("What was done, or not done"),
        _("What happened, where, and who saw it."),
        required=True,
        missing=_("Say what was done, or not done."),
    )
    article = forms.CharField(
        label=_("Against"),
        help_text=_("The article that it would break."),
        required=False,
        max_length=160,
    )
    occurred_on = _day(_("Happened"), _("Empty where it is not known."), required=False)
    learned_on = _day(_("Learned of"))
    until = _day(_("To be examined by"), required=False)

    def __init__(
        self,
        *args: Any,
        owing: list[Obligation],
        parties: list[Any],
        as_body: bool,
        today: date,
        chosen: str = "",
        **kwargs: Any,
    ) -> None:
        """`as_body` is whether it can be raised without naming a party."""
        super().__init__(*args, **kwargs)
        owed = {str(one.pk): one for one in owing}
        blank = [] if len(owed) == 1 else [("", _("Choose"))]
        self.fields["obligation"] = forms.TypedChoiceField(
            label=_("By whom"),
            choices=[*blank, *((key, one.owner_name) for key, one in owed.items())],
            coerce=lambda key: owed[str(key)],
            error_messages={
                "required": _("Choose who is said to have broken it."),
                "invalid_choice": _("Choose somebody of the list."),
            },
        )
        known = {str(one.pk): one for one in parties}
        nobody = [("", _("the body, no party"))] if as_body else []
        self.fields["alleged_by"] = forms.TypedChoiceField(
            label=_("Alleged by"),
            required=not as_body,
            choices=[*nobody, *((key, one.name) for key, one in known.items())],
            coerce=lambda key: known[str(key)],
            empty_value=None,
            error_messages={
                "required": _("Choose the party that alleges it."),
                "invalid_choice": _("Choose a party of the list."),
            },
        )
        self.initial = {
            "obligation": chosen,
            "learned_on": today,
            "until": default_day(State.ALLEGED, today),
        }
        self.order_fields(["obligation", "alleged_by"])


@dataclass(frozen=True)
class Next:
    """How a page offers the step into a state: title, button, and what it asks for.

    `until` is the label of the day that follows; empty where no day can be chosen.
    """

    title: str | Promise
    button: str | Promise
    words: str | Promise
    missing: str | Promise = ""
    until: str | Promise = ""
    until_required: bool = False


#: In the order in which a page offers them; the first that is possible stands open.
STEPS = {
    State.EXAMINED: Next(
        _("Examine it"),
        _("Begin the examination"),
        _("How it is looked into"),
        until=_("To be decided by"),
    ),
    State.RESPONSE_DUE: Next(
        _("Ask for an answer"),
        _("Ask for an answer"),
        _("What is asked for"),
        until=_("Answer due"),
        until_required=True,
    ),
    State.CONFIRMED: Next(
        _("Confirm it"),
        _("Confirm the breach"),
        _("What this rests on"),
        _("Say what this rests on."),
        until=_("To be asked for an answer by"),
    ),
    State.UNFOUNDED: Next(
        _("Find it unfounded"),
        _("Record as unfounded"),
        _("What this rests on"),
        _("Say what this rests on."),
    ),
    State.CURED: Next(
        _("Cured"),
        _("Record as cured"),
        _("What was answered or done"),
        _("Say what was answered or done."),
    ),
    State.UNRESOLVED: Next(
        _("Not resolved"),
        _("Record as not resolved"),
        _("What was answered or done"),
        _("Say what was answered or done."),
        until=_("To be taken further by"),
    ),
    State.ESCALATED: Next(_("Take it further"), _("Take it further"), _("Words to whom it goes")),
}


class StepForm(SubmissionForm):
    """The step into one state; `last` is the number of the last step that its reader saw."""

    last = forms.IntegerField(widget=forms.HiddenInput, required=False)
    overtaken = False

    def __init__(
        self, state: str, data: Any = None, *, last: int, today: date, leads_on: bool = True
    ) -> None:
        """`leads_on` is whether there is a step that the day which follows is set for."""
        super().__init__(data, prefix=state)
        self.state, self.step = state, STEPS[State(state)]
        step = self.step
        self.fields["words"] = _words(step.words, required=bool(step.missing), missing=step.missing)
        self.fields["on"] = _day(_("Day"))
        if step.until and leads_on:
            self.fields["until"] = _day(step.until, required=step.until_required)
        self.initial = {"on": today, "until": default_day(state, today), "last": last}

    def refuse(self, refused: Refused) -> None:
        self.overtaken = isinstance(refused, Overtaken)
        super().refuse(refused)

    def show(self, last: int) -> None:
        """Be about the breach as the page shows it now, so that the form can be sent again."""
        sent = dict(self.data.items())
        self.data = {**sent, self.add_prefix("last"): str(last)}
