"""What is typed about evidence."""

from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.base.errors import Refused
from coordination.base.forms import SubmissionForm
from coordination.processes.access import acts_for
from coordination.processes.edit_forms import DayField

from .. import uploads
from ..models import Breach, CheckIn, Commitment, Evidence, Obligation, Verification
from .audience import AudienceField

#: Of each kind, the newest ones that a piece of evidence can be said to support.
OFFERED = 15

_SUPPORTED: dict[str, Any] = {"check_in": CheckIn, "verification": Verification, "breach": Breach}


class EvidenceForm(SubmissionForm):
    """A file or a link with where it comes from, and what it supports."""

    title = forms.CharField(
        label=_("What it is"),
        help_text=_("As in “Transfer list, Tuzla, 10 February”."),
        max_length=200,
        error_messages={"required": _("Say what it is.")},
    )
    source = forms.CharField(
        label=_("Source"),
        help_text=_("Who made it, and how it came here."),
        max_length=200,
        error_messages={"required": _("Say who made it and how it came here.")},
    )
    dated_on = DayField(
        label=_("Dated"),
        required=False,
        error_messages={"invalid": _("Write a day as in 1996-02-14.")},
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        allow_empty_file=True,
        error_messages={"invalid": _("Choose the file again: it did not arrive.")},
    )
    url = forms.URLField(
        label=_("Or a link"),
        help_text=_("To a page that stays where it is; nothing is copied from there."),
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"inputmode": "url"}),
        error_messages={"invalid": _("Give a whole address that begins with https:// or http://.")},
    )

    def __init__(
        self, *args: Any, commitment: Commitment, user: Any, about: dict[str, Any], **kwargs: Any
    ) -> None:
        """`about` are the obligation, check-in, verification or breach that a link named."""
        super().__init__(*args, **kwargs)
        file = self.fields["file"]
        file.help_text = _now("%(kinds)s; at most %(size)s.") % {
            "kinds": uploads.allowed_in_words(),
            "size": filesizeformat(settings.EVIDENCE_MAX_BYTES),
        }
        file.widget = forms.FileInput(attrs={"accept": uploads.accepted()})
        owing = Obligation.objects.visible_to(user).filter(commitment=commitment)
        self.owing = {
            str(one.pk): one for one in owing.select_related("party", "body").order_by("pk")
        }
        self.fields["obligation"] = forms.ChoiceField(
            label=_("About"),
            required=False,
            choices=[
                ("", _("all who owe it")),
                *((key, one.owner_name) for key, one in self.owing.items()),
            ],
        )
        named = next((f"{kind}-{about[kind]}" for kind in _SUPPORTED if about.get(kind)), "")
        chosen = self.data.get("supports", "") if self.is_bound else named
        self.supported: dict[str, Any] = {}
        groups = [
            (label, self._offer(kind, commitment, user, chosen))
            for kind, label in (
                ("check_in", _("Check-ins")),
                ("verification", _("Verifications")),
                ("breach", _("Breaches")),
            )
        ]
        self.fields["supports"] = forms.ChoiceField(
            label=_("Supports"),
            required=False,
            choices=[("", _("nothing in particular")), *(group for group in groups if group[1])],
            error_messages={"invalid_choice": _("Choose one of the list.")},
        )
        self.fields["audience"] = AudienceField(
            acts_for(user, commitment.process) is not None,
            kept=self.initial.get("audience", ""),
            help_text=_now("Who may open it, and sees that it is here."),
        )
        self.initial = {
            **self.initial,
            "obligation": about.get("obligation") or "",
            "supports": named,
        }
        self.order_fields(
            ["title", "source", "dated_on", "obligation", "supports", "file", "url", "audience"]
        )

    def _offer(self, kind: str, commitment: Commitment, user: Any, chosen: str) -> Any:
        rows = (
            _SUPPORTED[kind]
            .objects.visible_to(user)
            .filter(obligation__commitment=commitment)
            .select_related("obligation__party", "obligation__body")
            .order_by("-pk")
        )
        found = list(rows[:OFFERED])
        key = chosen.removeprefix(f"{kind}-")
        if key != chosen and key.isdecimal() and len(key) < 18:
            found += [one for one in rows.filter(pk=key) if one not in found]
        self.supported |= {f"{kind}-{one.pk}": one for one in found}
        return [(f"{kind}-{one.pk}", _named(kind, one)) for one in found]

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if "file" in said and "url" in said and bool(said["file"]) == bool(said["url"]):
            words = _now("Choose a file or give a link: one of them.")
            self.add_error("url" if said["file"] else "file", words)
        if self.errors:
            return said
        supported = self.supported.get(said.pop("supports"))
        for kind, model in _SUPPORTED.items():
            said[kind] = supported if isinstance(supported, model) else None
        said["obligation"] = self.owing.get(said["obligation"])
        # Written before anything is locked: nobody waits for a disk.
        try:
            said["file"] = uploads.receive(said["file"]) if said["file"] else None
        except Refused as refused:
            self.refuse(refused)
        return said

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.errors:
            self._ask_for_file_again()

    def refuse(self, refused: Refused) -> None:
        if refused.field in _SUPPORTED:
            refused = Refused(refused.message, "supports")
        super().refuse(refused)
        self._ask_for_file_again()

    def _ask_for_file_again(self) -> None:
        if self.files.get("file") and "file" not in self.errors:
            self.add_error("file", _now("Choose the file again: a browser does not keep it."))


def _named(kind: str, one: Any) -> str:
    words = {"number": one.number, "owner": one.obligation.owner_name}
    if kind == "check_in":
        words |= {"on": date_format(one.submitted_at, "j M Y")}
        return _now("Check-in %(number)s, %(owner)s, %(on)s") % words
    if kind == "verification":
        words |= {"on": date_format(one.occurred_on, "j M Y")}
        return _now("Verification %(number)s, %(owner)s, %(on)s") % words
    return _now("Breach %(number)s, %(owner)s") % words


class ContradictForm(SubmissionForm):
    """Which other piece of the same commitment says otherwise."""

    def __init__(self, *args: Any, others: list[Evidence], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_key = {str(one.pk): one for one in others}
        self.fields["other"] = forms.TypedChoiceField(
            label=_("Contradicts"),
            choices=[
                ("", _("Choose")),
                *((key, f"{one.number}. {one.title[:80]}") for key, one in by_key.items()),
            ],
            coerce=lambda key: by_key[str(key)],
            error_messages={
                "required": _("Choose the other piece."),
                "invalid_choice": _("Choose one of the list."),
            },
        )
