"""Opening a process on its page: what it is called, its days, and what they count from."""

import zoneinfo
from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from coordination.base.errors import Refused
from coordination.base.forms import SubmissionForm, counted_once
from coordination.ledger.actions import Origin

from .actions import create_process, enter_anchor, record_anchor_date
from .edit_forms import DayField, WeekendField
from .models import AnchorDate, AnchorEvent, Process, validate_weekend

DAY_ZERO = "day-zero"
_NOT_PLACES = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")


def may_open(user: Any) -> bool:
    """Staff, as in the admin; who opens a process becomes its first coordinator."""
    return bool(user.is_authenticated and user.is_active and user.is_staff)


@transaction.atomic
def open_process(
    *, actor: Any, origin: str, zero_on: date | None = None, zero_name: str = "", **fields: Any
) -> Process:
    """Open a process and, where its day is known, the event that D+n counts from."""
    if Process.objects.filter(slug=fields["slug"]).exists():
        raise Refused(_now("Another process has this address: choose another."), "slug")
    process = create_process(actor=actor, origin=origin, **fields)
    if zero_on is None:
        return process
    anchor: AnchorEvent = enter_anchor(
        actor=actor,
        process=process,
        origin=origin,
        key=DAY_ZERO,
        name=zero_name,
        is_day_zero=True,
    )
    happened = zero_on <= process.today()
    status = AnchorDate.Status.ACTUAL if happened else AnchorDate.Status.PLANNED
    record_anchor_date(actor=actor, anchor=anchor, status=status, on=zero_on, origin=origin)
    return process


class OpeningForm(forms.ModelForm, SubmissionForm):
    """What a process needs to begin; everything else is entered as it comes."""

    weekend = WeekendField(initial=[6, 7], help_text=_("Days without reminders."))
    zero_on = DayField(
        label=_("Day zero"),
        required=False,
        help_text=_("Deadlines count from it. Leave it empty where it is not known yet."),
    )
    zero_name = forms.CharField(
        label=_("What happens on it"),
        required=False,
        max_length=AnchorEvent._meta.get_field("name").max_length,
        help_text=_("As in: Transfer of authority."),
    )

    class Meta:
        model = Process
        fields = ("name", "short_name", "slug", "summary", "time_zone", "marking")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        self.fields["slug"].help_text = _(
            "Small letters and hyphens; it stands in the address of every page, and stays."
        )
        self.fields["summary"].widget.attrs["rows"] = 3
        zone = self.fields["time_zone"]
        zone.widget.attrs |= {"list": "zones", "autocomplete": "off"}
        zone.help_text = _("Days begin and end in it, and it stays: Europe/Sarajevo.")

    @property
    def zones(self) -> list[str]:
        every = zoneinfo.available_timezones()
        return sorted(one for one in every if "/" in one and not one.startswith(_NOT_PLACES))

    def clean_weekend(self) -> list[int]:
        weekend: list[int] = self.cleaned_data["weekend"]
        validate_weekend(weekend)
        return weekend

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug != slug.lower():
            raise ValidationError(_now("Write it in small letters."))
        return slug

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("zero_on") and not data.get("zero_name"):
            self.add_error("zero_name", _now("Say what happens on that day."))
        return data

    def validate_unique(self) -> None:
        """Left to the action."""


def do_once(request: HttpRequest, form: Any, act: Callable[[dict[str, Any]], Any]) -> Any:
    """What an action made of a form, once; None where the form says why not, or it was before."""
    given = {name: value for name, value in form.cleaned_data.items() if name != "submission"}
    try:
        with counted_once(request) as before:
            return None if before else act(given)
    except Refused as refused:
        form.refuse(refused)
        return None


@require_http_methods(["GET", "HEAD", "POST"])
def new_process(request: HttpRequest) -> HttpResponse:
    if not may_open(request.user):
        raise PermissionDenied
    form = OpeningForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        slug = form.cleaned_data["slug"]
        made = do_once(
            request,
            form,
            lambda given: open_process(actor=request.user, origin=Origin.WEB, **given),
        )
        if made is not None:
            messages.success(request, _now("The process is open, and you coordinate it."))
        if made is not None or not form.errors:
            return redirect("overview", slug)
    context = {"form": form, "tab": "desk"}
    status = 422 if form.is_bound else 200
    return render(request, "processes/new.html", context, status=status)
