"""What is typed about a body itself."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.processes.edit_forms import DayField, EditForm, RowForm

from ..actions.editing import composition_of
from ..models import Body, ReportingLine, RoleTerms, Seat, Succession
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


class SuccessorRow(RowForm):
    body = forms.ModelChoiceField(
        Body.objects.none(), label=_("Body that takes over"), empty_label=_("none")
    )
    kind = forms.ChoiceField(label=_("How"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = [("", _("Choose")), *Succession.Kind.choices]
        body: Any = self.fields["body"]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]
        body.queryset = self.owner.process.bodies.exclude(pk=self.owner.thing.pk)
        body.label_from_instance = str


class WindUpForm(EditForm):
    source = forms.CharField(
        label=_("Article or decision"), required=False, max_length=160, strip=True
    )

    tables = {"successors": (SuccessorRow, _("Bodies that succeed it"))}

    class Meta:
        model = Body
        fields = ("ended_on",)
        labels = {"ended_on": _("First day without it")}
        help_texts = {"ended_on": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ended_on"].required = True

    def state_of(self, thing: Any) -> dict[str, Any]:
        rows = thing.successions.order_by("pk").values("successor", "kind")
        known = [{"body": row["successor"], "kind": row["kind"]} for row in rows]
        return {"ended_on": thing.ended_on, "successors": known}


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
