"""What is typed about an agenda: its rules, a proposal, an item more."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.errors import Overtaken, Refused
from coordination.base.forms import SubmissionForm
from coordination.bodies.models import Body, Seat
from coordination.commitments.forms.naming import (
    CommitmentField,
    find_commitment,
    proposed_commitments,
)
from coordination.commitments.models import Commitment
from coordination.processes.models import Process

from ..agenda import rules_of, rules_seen
from ..models import AgendaRules

#: What each rule brings onto an agenda, for those who choose.
RULES = {
    AgendaRules.CHOSEN[0]: _("Commitments in breach"),
    AgendaRules.CHOSEN[1]: _("Commitments that are overdue or beyond their limit"),
    AgendaRules.CHOSEN[2]: _("Reports that a finding contradicts"),
    AgendaRules.CHOSEN[3]: _("Commitments that are at risk, disputed or due on the day"),
    AgendaRules.CHOSEN[4]: _("Reports that wait for a finding"),
    AgendaRules.CHOSEN[5]: _("What was reported since the last review"),
    AgendaRules.CHOSEN[6]: _("What falls due soon after the meeting"),
}


def _lines(label: Any, hint: Any) -> Any:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AgendaRulesForm(SubmissionForm):
    """What a body’s agendas are compiled from."""

    brings = forms.MultipleChoiceField(
        label=_("What comes onto the agenda by itself"),
        choices=list(RULES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    ahead_days = forms.IntegerField(
        label=_("Looks ahead"),
        help_text=_("Days after the meeting"),
        min_value=0,
        max_value=366,
        error_messages={"required": _("Give a number of days.")},
    )
    opening = _lines(_("Items before the rest"), _("One a line, as in “Adoption of the agenda”"))
    closing = _lines(_("Items after the rest"), _("One a line, as in “Date of the next meeting”"))
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, body: Body, *args: Any, **kwargs: Any) -> None:
        rules = rules_of(body)
        items = list(body.standing_items.values_list("at_end", "title"))
        kwargs["initial"] = {
            "brings": [rule.value for rule in AgendaRules.CHOSEN if rule not in rules.leaves_out],
            "ahead_days": rules.ahead_days,
            "opening": "\n".join(title for at_end, title in items if not at_end),
            "closing": "\n".join(title for at_end, title in items if at_end),
            "seen": rules_seen(body),
        }
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        for name in ("opening", "closing"):
            for line in data.get(name, "").splitlines():
                if len(line.strip()) > 240:
                    words = _("A line is longer than 240 characters: “%(start)s…”.")
                    self.add_error(name, words % {"start": line.strip()[:40]})
        return data

    def said(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "leaves_out": [one.value for one in AgendaRules.CHOSEN if one not in data["brings"]],
            "ahead_days": data["ahead_days"],
            "opening": data["opening"].splitlines(),
            "closing": data["closing"].splitlines(),
            "seen": data["seen"] or None,
        }

    def refuse(self, refused: Refused) -> None:
        """Sent again, what was typed takes the place of what is shown to have changed."""
        super().refuse(refused)
        if isinstance(refused, Overtaken):
            sent: Any = self.data
            self.data = sent = sent.copy()
            sent["seen"] = self.initial["seen"]


class ItemForm(SubmissionForm):
    """An item that is proposed, or added: a commitment, or a title."""

    commitment = CommitmentField(label=_("Commitment"), help_text=_("Its number, as in C-14"))
    title = forms.CharField(
        label=_("Or a title"), required=False, max_length=240, help_text=_("Where it is about none")
    )

    def __init__(self, process: Process, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.process = process
        commitment = self.fields["commitment"]
        assert isinstance(commitment, CommitmentField)
        commitment.process = process
        self.commitments = proposed_commitments(process)

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        if not self.errors and not data.get("commitment") and not data.get("title"):
            self.add_error("title", _("Say what it is about, or name a commitment."))
        return data

    def said(self) -> dict[str, Any]:
        code = self.cleaned_data["commitment"]
        found: Commitment | None = find_commitment(self.process, code) if code else None
        return {"commitment": found, "title": self.cleaned_data["title"]}


class ProposalForm(ItemForm):
    """What a member proposes, and why."""

    why = forms.CharField(
        label=_("Why now"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def said(self) -> dict[str, Any]:
        return super().said() | {"why": self.cleaned_data["why"]}


class ObjectionForm(SubmissionForm):
    """An objection for one of the seats that one sits in."""

    seat = forms.ModelChoiceField(
        queryset=Seat.objects.none(), label=_("For the seat"), empty_label=None
    )
    words = forms.CharField(
        label=_("Objection, as it is recorded"),
        max_length=300,
        error_messages={"required": _("Say what the objection is.")},
    )

    def __init__(self, seats: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["seat"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = seats


class PapersForm(SubmissionForm):
    """What is to be read before a meeting."""

    papers = forms.CharField(
        label=_("Papers"),
        help_text=_("One a line: a title, or the address where it is"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
