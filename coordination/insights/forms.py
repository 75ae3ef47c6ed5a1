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
        help_text=gettext_lazy(
            "For each line below that says nothing else, where this person can take it."
        ),
    )

    def __init__(self, data: Any = None, *, duties: Sequence[Duty]) -> None:
        super().__init__(data)
        self.duties = duties
        self.people = {str(one.pk): one for duty in duties for one in duty.fits}
        nobody = (NOBODY, _("nobody yet"))
        field: Any = self.fields["everything"]
        field.choices = [("", _("line by line")), *self._for_most(), nobody]
        for duty in duties:
            self.fields[duty.key] = forms.ChoiceField(
                label=f"{duty.what}, {duty.where}",
                choices=[("", _("as for everything")), *_options(duty.fits), nobody],
                required=False,
            )

    def _for_most(self) -> list[tuple[str, str]]:
        """Who can take the most lines first; of those who cannot take all it says how many."""
        takes = {
            key: sum(one in duty.fits for duty in self.duties) for key, one in self.people.items()
        }
        all_of_it = len(self.duties)
        found = []
        for key in sorted(takes, key=lambda key: (-takes[key], self.people[key].name)):
            name, n = self.people[key].name, takes[key]
            some = _("%(name)s, %(n)s of %(all)s lines") % {"name": name, "n": n, "all": all_of_it}
            found.append((key, name if n == all_of_it else some))
        return found

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
        if self.errors and (everything := data.get("everything")):
            self._write_down(everything)
        return data

    def _write_down(self, everything: str) -> None:
        """Show on each line that it fits what was said for everything, and keep what else was."""
        person = self.people.get(everything)
        fits = [duty.key for duty in self.duties if person is None or person in duty.fits]
        said = {key: everything for key in fits if not self.data.get(key)}
        self.data = dict(self.data.items()) | said

    def successors(self) -> dict[str, User | None]:
        said = {
            one.key: self.cleaned_data[one.key] or self.cleaned_data["everything"]
            for one in self.duties
        }
        return {key: self.people.get(who) for key, who in said.items()}


def _options(people: Sequence[User]) -> list[tuple[str, str]]:
    return [(str(one.pk), one.name) for one in people]
