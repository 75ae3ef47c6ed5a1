"""What a verifying body types about what it found."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.errors import Overtaken, Refused
from coordination.base.forms import SubmissionForm
from coordination.processes.edit_forms import EditForm

from ..expected_queries import times_of, to_verify
from ..models import Commitment, Obligation, Verification
from .reporting import NO_DAY, ExpectedField, LevelField, level_options

#: Times that the form offers, where something is expected several times.
OFFERED = 24


class FindingForm(EditForm):
    """A finding while it is prepared; `thing` is the one that is revised."""

    level = LevelField(label=_("What level was found?"))

    class Meta:
        model = Verification
        fields = (
            *("level", "found", "article", "method", "proof", "confidence"),
            *("occurred_on", "learned_on"),
        )
        labels = {
            "found": _("What was found?"),
            "article": _("Against which article?"),
            "occurred_on": _("When was it so?"),
            "learned_on": _("When did the body learn of it?"),
        }
        help_texts = {
            "found": _("What was seen, where, and what is missing."),
            "article": _("The article that it was held to."),
            "proof": _("How well it has to be proven to be found."),
            "confidence": _("How sure the body is that this is reached."),
            "occurred_on": _("The day that the level is about."),
            "learned_on": _("Where that was later."),
        }
        error_messages = {
            "found": {"required": _("Say what was found.")},
            "method": {"required": _("Say how it was found.")},
            "occurred_on": {"required": _("Say when it was so."), **NO_DAY},
            "learned_on": NO_DAY,
        }

    def __init__(self, data: Any = None, *, obligation: Obligation, **kwargs: Any) -> None:
        self.obligation = obligation
        commitment = obligation.commitment
        if kwargs.get("thing") is None:
            kwargs["initial"] = {"article": commitment.reference}
        super().__init__(data, process=commitment.process, **kwargs)
        self.fields["found"].widget.attrs["rows"] = 6

    def more_fields(self) -> dict[str, forms.Field]:
        if self.obligation.commitment.kind not in Commitment.EXPECTED:
            return {}
        rows = list(times_of(self.obligation))[::-1]
        named = self.thing.expected_id if self.thing else None
        chosen = next((row for row in rows if row.pk == named), None) or to_verify(rows)
        field = ExpectedField(
            self.obligation, rows, chosen, most=OFFERED, label=_("Which time is it about?")
        )
        return {"expected": field}

    def limit(self, name: str, field: Any) -> None:
        """The times are those of the obligation already."""

    def state_of(self, thing: Any) -> dict[str, Any]:
        state = super().state_of(thing)
        if self.obligation.commitment.kind in Commitment.EXPECTED:
            state["expected"] = thing.expected_id
        return state

    def _author(self, name: str) -> str:
        """The ledger, which all members read, does not say which field was changed."""
        return super()._author("version")

    @property
    def level_options(self) -> list[tuple[int, Any, Any, bool]]:
        return level_options(self["level"].value())

    @property
    def others(self) -> list[Any]:
        """The fields after the level, as one after the other."""
        return [field for field in self.visible_fields() if field.name != "level"]


class DecideForm(SubmissionForm):
    """A button about a finding, with the version of it that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    release = forms.BooleanField(required=False, widget=forms.HiddenInput)
    overtaken = False

    def refuse(self, refused: Refused) -> None:
        self.overtaken = isinstance(refused, Overtaken)
        super().refuse(refused)


class ReleaseForm(SubmissionForm):
    """Nothing but the button."""


class TakeBackForm(SubmissionForm):
    because = forms.CharField(
        label=_("Why is it withdrawn?"),
        help_text=_("What was found before counts again; this one stays in the record."),
        max_length=300,
        error_messages={
            "required": _("Say why."),
            "max_length": _("Write at most %(limit_value)d characters."),
        },
    )
