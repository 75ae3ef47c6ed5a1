"""What people keep of their own account."""

import zoneinfo
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import ApiToken, User
from .sentences import PlainForm

_NOT_PLACES = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")


class ProfileForm(PlainForm, forms.ModelForm):
    """The person's name as others read it, and how and when they want to hear of things."""

    class Meta:
        model = User
        fields = (
            *("name", "function", "language", "time_zone"),
            *("quiet_from", "quiet_until", "plain_mail"),
        )
        labels = {"quiet_from": _("No mail from"), "quiet_until": _("No mail until")}
        help_texts = {
            "time_zone": _("Moments are shown, and mails written, in it: Europe/Sarajevo."),
            "quiet_from": _("Mail waits until these hours are over. Leave both empty for none."),
            "plain_mail": _("Smaller, for a poor line."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["function"].widget.attrs["autocomplete"] = "organization-title"
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            choices=settings.LANGUAGES,
            help_text=_(
                "Of mails and the pages that they open; other pages are in English so far."
            ),
        )
        self.fields["time_zone"].widget.attrs |= {"list": "zones", "autocomplete": "off"}
        for name in ("quiet_from", "quiet_until"):
            self.fields[name].widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})

    @property
    def zones(self) -> list[str]:
        """What is proposed for the time zone; a list of hundreds to choose from is none."""
        every = zoneinfo.available_timezones()
        return sorted(one for one in every if "/" in one and not one.startswith(_NOT_PLACES))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        begins, ends = data.get("quiet_from"), data.get("quiet_until")
        whole = not {"quiet_from", "quiet_until"} & self.errors.keys()
        if whole and (begins is None) != (ends is None):
            missing = "quiet_from" if begins is None else "quiet_until"
            self.add_error(missing, _("Quiet hours have a beginning and an end: write both."))
        elif begins is not None and begins == ends:
            self.add_error("quiet_until", _("They would end as they begin. Write another hour."))
        return data


class TokenForm(PlainForm, forms.ModelForm):
    days = forms.IntegerField(
        label=_("Good for how many days"),
        min_value=1,
        max_value=365,
        initial=90,
        help_text=_("A year at most. A token that is used no more is better revoked."),
    )

    class Meta:
        model = ApiToken
        fields = ("name", "scope")
        labels = {"name": _("What uses it"), "scope": _("It may")}
        help_texts = {"name": _("Such as “spreadsheet of the secretariat”.")}

    @property
    def expires_at(self) -> Any:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])
