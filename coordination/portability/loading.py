"""Loading a process file from its page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from coordination.base.dates import validate_year_range
from coordination.base.forms import SubmissionForm
from coordination.processes.edit_forms import DayField
from coordination.processes.opening import do_once

from .loader import load_process_file
from .problems import FileRefused

#: A page waits for it: a larger one is loaded on the server, by `load_process`.
MOST_BYTES = 512 * 1024
#: Problems that are listed at once.
MOST_PROBLEMS = 40


class LoadForm(SubmissionForm):
    file = forms.FileField(
        label=_("Process file"),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml"}),
        help_text=_("YAML; docs/process-file.md says how to write one."),
    )
    rebase = DayField(
        label=_("Shift its dates so that this day is today"),
        required=False,
        help_text=_("For a process of the past. Leave it empty to take the dates as they are."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            words = _now("It is larger than %(size)s: have it loaded on the server.")
            raise ValidationError(words % {"size": filesizeformat(MOST_BYTES)})
        return file

    def clean_rebase(self) -> Any:
        if day := self.cleaned_data["rebase"]:
            validate_year_range(day)
        return day


@require_http_methods(["GET", "HEAD", "POST"])
def load(request: HttpRequest) -> HttpResponse:
    """For superusers: a file makes accounts, and gives others their places."""
    if not request.user.is_superuser:
        raise PermissionDenied
    sent = request.method == "POST"
    form = LoadForm(request.POST if sent else None, request.FILES if sent else None)
    problems: list[str] = []
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = do_once(
                request,
                form,
                lambda given: load_process_file(
                    file.name, file.read(), actor=request.user, rebase=given["rebase"]
                ),
            )
        except FileRefused as refused:
            problems = refused.sentences
            words = ngettext(
                "Nothing was loaded: there is %(n)d thing to put right in the file.",
                "Nothing was loaded: there are %(n)d things to put right in the file.",
                len(problems),
            )
            form.add_error("file", words % {"n": len(problems)})
        else:
            if made is not None and not made.already:
                messages.success(request, _now("Loaded. You coordinate the process."))
                return redirect("overview", made.process.slug)
            if not form.errors:
                messages.info(request, _now("This file was loaded before; nothing changed."))
                return redirect("desk")
    context = {
        "form": form,
        "tab": "desk",
        "problems": problems[:MOST_PROBLEMS],
        "more": max(len(problems) - MOST_PROBLEMS, 0),
    }
    return render(request, "processes/load.html", context, status=422 if form.is_bound else 200)
