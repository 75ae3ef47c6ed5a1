"""What coordinators type about agreements and their provisions."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.processes.edit_forms import EditForm

from .models import Agreement, Provision


class AgreementForm(EditForm):
    class Meta:
        model = Agreement
        fields = (
            *("key", "name", "signed_on", "in_force_on", "languages"),
            *("signatories", "witnesses"),
        )
        widgets = dict.fromkeys(("signatories", "witnesses"), forms.CheckboxSelectMultiple)
        help_texts = {
            "key": _("Small letters and hyphens; part of its page’s address."),
            "languages": _("As in “Bosnian, Croatian, English, Serbian”."),
        }

    chosen_lists = ("signatories", "witnesses")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.chosen_lists:
            field: Any = self.fields[name]
            field.empty_label = None  # a list of boxes needs none for “nobody”
            field.queryset = field.queryset.order_by("code")
            field.label_from_instance = lambda party: f"{party.code} {party.name}"
        if self.thing is not None:
            del self.fields["key"]

    def state_of(self, thing: Any) -> dict[str, Any]:
        state = super().state_of(thing)
        state.pop("key", None)
        return state | {name: sorted(p.pk for p in state[name]) for name in self.chosen_lists}

    def typed(self) -> dict[str, Any]:
        said = super().typed()
        parties = {name: said[name] or () for name in self.chosen_lists}
        return said | {name: sorted(p.pk for p in parties[name]) for name in parties}

    def given(self) -> dict[str, Any]:
        chosen = {name: self.cleaned_data[name] for name in self.chosen_lists}
        return super().given() | chosen

    def _take_over(self, name: str, value: Any) -> None:
        if name in self.chosen_lists:
            self.data.setlist(self.add_prefix(name), [str(pk) for pk in value])
        else:
            super()._take_over(name, value)

    def _shown(self, name: str, value: Any) -> str:
        if name not in self.chosen_lists:
            return super()._shown(name, value)
        chosen = self.process.parties.filter(pk__in=value).order_by("code")
        return ", ".join(chosen.values_list("code", flat=True))


class CitedField(forms.CharField):
    """A provision of the agreement, by its citation: a list of them all would be too long."""

    agreement: Agreement

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=120, **kwargs)

    def clean(self, value: Any) -> str:
        """The citation as it stands; `given` of the form looks the provision up."""
        typed = " ".join(super().clean(value).split())
        rows = self.agreement.provisions.filter(citation__iexact=typed)
        found = rows.values_list("citation", flat=True).first() if typed else ""
        if found is not None:
            return found
        words = _now("“%(typed)s” is not in this agreement: write a citation as it stands there.")
        raise forms.ValidationError(words % {"typed": typed})


class PlacedForm(EditForm):
    """Where a provision stands: below which one, and after which of those beside it."""

    parent = CitedField(
        label=_("Part of"),
        help_text=_("Citation of the provision that it is part of; empty at the top level."),
    )
    after = CitedField(
        label=_("After"),
        help_text=_("Citation of the one before it below the same provision; empty: the last."),
    )
    first = forms.BooleanField(label=_("It comes first there"), required=False)

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        self.agreement = agreement
        super().__init__(*args, process=agreement.process, **kwargs)
        for field in self.fields.values():
            if isinstance(field, CitedField):
                field.agreement = agreement

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("first") and data.get("after"):
            self.add_error("after", _now("It comes first, or after another: say one of them."))
        return data

    def given(self) -> dict[str, Any]:
        said = super().given()
        return said | {name: self._provision(said[name]) for name in ("parent", "after")}

    def _provision(self, citation: str) -> Provision | None:
        return self.agreement.provisions.filter(citation=citation).first() if citation else None


_TEXT = ("label", "citation", "heading", "text")
_HELP = {
    "label": _("Its own, as in “Art. IV”, “2.” or “(c)”."),
    "citation": _("In full. Empty: composed of its number and those above it."),
}


class NewProvisionForm(PlacedForm):
    class Meta:
        model = Provision
        fields = _TEXT
        help_texts = _HELP

    field_order = ("parent", "after", "first", *_TEXT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _grow(self)


class ProvisionForm(EditForm):
    """What a provision says and how it is cited."""

    class Meta:
        model = Provision
        fields = _TEXT
        help_texts = _HELP

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _grow(self)


class PlaceForm(PlacedForm):
    """Elsewhere in the agreement, with all that is below it."""

    class Meta:
        model = Provision
        fields = ()

    def state_of(self, thing: Any) -> dict[str, Any]:
        return {"parent": thing.parent.citation if thing.parent else ""}


def _grow(form: forms.Form) -> None:
    form.fields["citation"].required = False
    form.fields["text"].widget.attrs["rows"] = 10
