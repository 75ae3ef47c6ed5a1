"""What is typed about a dispute: the disagreement, and what came of a step."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.errors import Overtaken, Refused
from coordination.base.forms import SubmissionForm
from coordination.commitments.forms.naming import (
    CommitmentField,
    find_commitment,
    proposed_commitments,
)
from coordination.processes.models import Party, Process

from ..models import DisputeStage

Result = DisputeStage.Result


def _words(label: Any, hint: Any, missing: Any, rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={
            "required": missing,
            "max_length": _("Write at most %(limit_value)d characters."),
        },
    )


class RaiseForm(SubmissionForm):
    """A disagreement, in words that all agree describe it."""

    subject = forms.CharField(
        label=_("What it is about"),
        max_length=240,
        error_messages={"required": _("Say in a few words what it is about.")},
    )
    disagreement = _words(
        _("Who holds what"),
        _("So that all agree that it describes the disagreement."),
        _("Write who holds what, so that all agree to it."),
        rows=6,
    )

    def __init__(
        self,
        *args: Any,
        process: Process,
        parties: list[Party],
        as_body: bool,
        asks_commitment: bool,
        **kwargs: Any,
    ) -> None:
        """`as_body` is whether it can be raised for no party alone."""
        super().__init__(*args, **kwargs)
        self.process = process
        known = {str(one.pk): one for one in parties}
        if known:
            nobody = [("", _("no party alone"))] if as_body else []
            self.fields["raised_for"] = forms.TypedChoiceField(
                label=_("Raised for"),
                required=not as_body,
                choices=[*nobody, *((key, one.name) for key, one in known.items())],
                coerce=lambda key: known[str(key)],
                empty_value=None,
                error_messages={
                    "required": _("Choose the party that raises it."),
                    "invalid_choice": _("Choose a party of the list."),
                },
            )
        if asks_commitment:
            field = CommitmentField(label=_("Commitment"), help_text=_("Its number, as in C-14"))
            field.process = process
            self.fields["commitment"] = field
            self.commitments = proposed_commitments(process)

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        if code := data.get("commitment"):
            data["commitment"] = find_commitment(self.process, code)
        elif "commitment" in data:
            data["commitment"] = None
        return data


class _OvertakenForm(SubmissionForm):
    overtaken = False

    def refuse(self, refused: Refused) -> None:
        self.overtaken = isinstance(refused, Overtaken)
        super().refuse(refused)


class AnswerForm(_OvertakenForm):
    """What came of the step that is asked."""

    step = forms.IntegerField(widget=forms.HiddenInput)
    result = forms.ChoiceField(
        label=_("What came of it"),
        choices=[
            (Result.SETTLED.value, _("Settled")),
            (Result.NOT_SETTLED.value, _("Not settled")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether it is settled.")},
    )
    words = _words(
        _("In words"),
        _("What was agreed; or what was answered, and why it settles nothing."),
        _("Write what was agreed, or what was answered."),
    )

    def show(self, step: int) -> None:
        """Be about the step that is asked now, with what was typed."""
        self.data = dict(self.data.items()) | {"step": str(step)}


class SettleForm(_OvertakenForm):
    """That it was settled otherwise."""

    settlement = _words(
        _("What was agreed"), _("As it will stand in the record."), _("Write what was agreed.")
    )


class NextForm(SubmissionForm):
    """Nothing but the button that asks the next step."""
