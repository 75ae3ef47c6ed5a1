"""What is typed about a body itself."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.ledger.models import Entry
from coordination.processes.edit_forms import DayField, EditForm, SpanForm
from coordination.processes.tables import RowForm

from ..actions.editing import composition_of
from ..actions.winding_up import successions_of
from ..models import Body, FormerName, ReportingLine, RoleTerms, Seat, Succession
from .targets import TargetField, Targets


class BodyForm(EditForm):
    renamed_on = DayField(
        label=_("Renamed from"),
        required=False,
        help_text=_("Only with another name: its first day. The former name is kept."),
    )
    misspelt = forms.BooleanField(
        label=_("The name was only misspelt: keep no former name"), required=False
    )

    class Meta:
        model = Body
        fields = (
            *("code", "name", "renamed_on", "misspelt", "track", "legal_basis", "established_on"),
            *("mandate", "authority", "composition"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unused = ("code",) if self.thing is not None else ("renamed_on", "misspelt")
        for name in unused:
            del self.fields[name]


class FormerNameForm(EditForm):
    undo = forms.BooleanField(
        label=_("It was never renamed: it bears this name still"), required=False
    )

    class Meta:
        model = FormerName
        fields = ("name", "until")


class SuccessorRow(RowForm):
    body = TargetField(label=_("Body that takes over"), required=True)
    kind = forms.ChoiceField(label=_("How"))
    on = DayField(label=_("From"), required=False)
    source = forms.CharField(label=_("Article or decision"), max_length=160, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = [("", _("Choose")), *Succession.Kind.choices]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]
        self.fields["body"].targets = self.owner.targets  # type: ignore[attr-defined]

    @classmethod
    def shown(cls, row: dict[str, Any], owner: Any) -> dict[str, Any]:
        return row | {"body": owner.targets.name_of(Body, row["body"])}


class WindUpForm(EditForm):
    """When a body is wound up, and which take over from it; some do so while it goes on."""

    tables = {"successors": (SuccessorRow, _("Bodies that succeed it"))}

    class Meta:
        model = Body
        fields = ("ended_on",)
        labels = {"ended_on": _("First day without it")}
        help_texts = {"ended_on": _("Leave it empty while the body goes on.")}

    def __init__(self, *args: Any, process: Any, **kwargs: Any) -> None:
        self.targets = Targets(process, parties=False)
        super().__init__(*args, process=process, **kwargs)

    def state_of(self, thing: Any) -> dict[str, Any]:
        return {"ended_on": thing.ended_on, "successors": successions_of(thing)}

    def _author(self, name: str) -> str:
        """A succession has entries of its own."""
        if name != "successors":
            return super()._author(name)
        entries = Entry.objects.filter(process=self.process, verb__startswith="succession.")
        last = entries.order_by("-sequence").first()
        return last.actor_name if last else ""


class LineForm(EditForm):
    to = TargetField(label=_("To"), help_text=_("Code of a body or party; the list proposes them."))

    class Meta:
        model = ReportingLine
        fields = ("kind", "to", "to_name", "started_on", "source")
        labels = {"to_name": _("Or to somebody else")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.targets = Targets(self.process)
        self.fields["to"].targets = self.targets  # type: ignore[attr-defined]


class LineSpanForm(SpanForm):
    class Meta:
        model = ReportingLine
        fields = ("started_on", "ended_on", "source")


class PartRow(RowForm):
    group = forms.CharField(label=_("Group of seats"), max_length=60)
    seats = forms.IntegerField(label=_("Seats"), min_value=1, max_value=9999)
    counts_as = forms.CharField(
        label=_("Counts as"),
        max_length=60,
        required=False,
        help_text=_("Its part of the quorum, where that has another name."),
    )
    named_by = forms.CharField(label=_("Named by"), max_length=200, required=False)


class CompositionForm(EditForm):
    """Of which groups a body is composed."""

    tables = {"parts": (PartRow, _("Groups of seats"))}

    class Meta:
        model = Body
        fields = ()

    def state_of(self, thing: Any) -> dict[str, Any]:
        return {"parts": composition_of(thing)}


class RoleForm(EditForm):
    class Meta:
        model = RoleTerms
        fields = ("role", "authority", "scope", "source")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.thing is not None:
            del self.fields["role"]


class SeatForm(EditForm):
    class Meta:
        model = Seat
        fields = ("number", "role", "title", "party", "group", "vote", "started_on", "authority")
        help_texts = {"party": _("Leave it empty for a seat by function.")}

    bounds = {"number": (1, 9999)}


class SeatEndForm(EditForm):
    class Meta:
        model = Seat
        fields = ("ended_on",)
        labels = {"ended_on": _("No longer from")}
        help_texts = {"ended_on": _("Leave it empty while there is such a seat.")}
