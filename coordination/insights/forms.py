"""Who takes over what a person leaves behind."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from coordination.base.forms import SubmissionForm

from .leaving import Duty

NOBODY = "nobody"


class LeavingForm(SubmissionForm):
    """A choice for each duty, and one for all that have none of their own."""

    everything = forms.ChoiceField(
        label=gettext_lazy("Everything to"),
        required=False,
        help_text=gettext_lazy("For each line below that says nothing else."),
    )

    def __init__(self, data: Any = None, *, duties: Sequence[Duty]) -> None:
        super().__init__(data)
        self.duties = duties
        self.people = {str(one.pk): one for duty in duties for one in duty.fits}
        everybody = sorted(self.people.values(), key=lambda person: person.name)
        nobody = (NOBODY, _("nobody yet"))
        field: Any = self.fields["everything"]
        field.choices = [("", _("line by line")), *_options(everybody), nobody]
        for duty in duties:
            self.fields[duty.key] = forms.ChoiceField(
                label=f"{duty.what}, {duty.where}",
                choices=[("", _("as for everything")), *_options(duty.fits), nobody],
                required=False,
            )

    def rows(self) -> list[tuple[Duty, forms.BoundField]]:
        return [(duty, self[duty.key]) for duty in self.duties]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for duty in self.duties:
            said = data.get(duty.key) or data.get("everything")
            if not said:
                self.add_error(
                    duty.key, _("Say who takes it over, or that nobody does for the time being.")
                )
            elif said != NOBODY and self.people[said] not in duty.fits:
                words = _("%(name)s cannot take this over: choose somebody else.")
                self.add_error(duty.key, words % {"name": self.people[said]})
        return data

    def successors(self) -> dict[str, User | None]:
        said = {
            one.key: self.cleaned_data[one.key] or self.cleaned_data["everything"]
            for one in self.duties
        }
        return {key: self.people.get(who) for key, who in said.items()}


def _options(people: Sequence[User]) -> list[tuple[str, str]]:
    return [(str(one.pk), one.name) for one in people]
