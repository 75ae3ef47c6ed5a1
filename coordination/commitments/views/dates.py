"""The pages on which dates are kept: of a deadline, of anchors, as extended and as read."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from coordination.base.dates import in_words
from coordination.processes.editing import get_process_to_keep

from ..actions.agreed_dates import (
    enter_reading,
    extend_deadline,
    put_reading_in_force,
    withdraw_extension,
    withdraw_reading,
)
from ..actions.dates import move_anchor
from ..actions.entering import change_deadline
from ..actions.triggers import call_off
from ..expected import is_open
from ..forms.dates import AnchorDateForm, DatesForm, ExtensionForm, InForceForm, ReadingForm
from ..models import Commitment, ExpectedOccurrence, Extension, Reading
from ..previews import after_preview, save_after_preview
from .entering import CHANGES, because, get_commitment_to_keep, page, sent


@CHANGES
def anchor_date(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Give an anchor event a date; what is counted from it moves, and is shown before."""
    process = get_process_to_keep(request, slug)
    anchor = get_object_or_404(process.anchors.prefetch_related("dates"), key=key)
    anchor.process = process
    form = AnchorDateForm(sent(request), process=process, thing=anchor)
    outcome = form.is_bound and save_after_preview(
        request, form, move_anchor, process, _("The date is recorded."), anchor=anchor
    )
    if outcome is True:
        return redirect("anchors", slug)
    back = reverse("anchors", args=[slug])
    context = {"process": process, "tab": "anchors", "anchor": anchor, "back": back}
    return after_preview(
        request, outcome, "commitments/anchor_date.html", context, form, what=anchor.name
    )


@CHANGES
def dates(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """When the agreement itself says that it is due; and the ways to what was agreed later."""
    commitment = get_commitment_to_keep(request, slug, number)
    process, deadline = commitment.process, commitment.deadline
    form = DatesForm(
        sent(request, commitment), process=process, thing=deadline, commitment=commitment
    )
    outcome = form.is_bound and save_after_preview(
        request, form, change_deadline, process, _("Saved."), commitment=commitment
    )
    if outcome is True:
        return redirect("commitment", slug, number)
    extensions = deadline.extensions.select_related(
        "expected__obligation__party", "expected__obligation__body"
    )
    readings = deadline.readings.select_related("party")
    return page(
        request, "commitments/dates.html", commitment, "dates", form, outcome,
        _("When it is due"),
        extensions=extensions,
        readings=readings.prefetch_related("terms__anchor", "terms__after_commitment"),
        may_be_read=commitment.kind not in Commitment.LASTING,
    )  # fmt: skip


@CHANGES
def extension_new(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    commitment = get_commitment_to_keep(request, slug, number)
    process = commitment.process
    form = ExtensionForm(
        sent(request, commitment), process=process, thing=commitment.deadline, commitment=commitment
    )
    outcome = form.is_bound and save_after_preview(
        request, form, extend_deadline, process, _("The extension is recorded."),
        commitment=commitment,
    )  # fmt: skip
    if outcome is True:
        return redirect("commitment-dates", slug, number)
    return page(
        request, "commitments/extension.html", commitment, "dates", form, outcome, _("Extension")
    )


@CHANGES
def extension_withdraw(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    commitment = get_commitment_to_keep(request, slug, number)
    rows = Extension.every.visible_to(request.user).select_related("deadline__commitment__process")
    extension = get_object_or_404(rows, pk=pk, deadline__commitment=commitment)
    if extension.withdrawn_at and request.method != "POST":
        raise Http404
    if extension.on:
        name = _("until %(day)s") % {"day": in_words(extension.on)}
    else:
        unit = extension.get_unit_display()
        name = _("by %(n)s %(units)s") % {"n": extension.amount, "units": unit}
    said = {
        "title": _("Withdraw the extension %(name)s") % {"name": name},
        "words": _("It was entered by mistake: the date before it is in force again."),
        "button": _("Withdraw the extension"),
        "done": _("The extension is withdrawn."),
    }
    return because(request, commitment, withdraw_extension, said, extension=extension)


# --- Readings -----------------------------------------------------------------------------------


@CHANGES
def reading_new(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return _reading(request, get_commitment_to_keep(request, slug, number), None)


@CHANGES
def reading_edit(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    commitment = get_commitment_to_keep(request, slug, number)
    return _reading(request, commitment, _get_reading(request, commitment, pk))


def _get_reading(request: HttpRequest, commitment: Commitment, pk: int) -> Reading:
    every = Reading.every if request.method == "POST" else Reading.objects
    rows = every.visible_to(request.user).select_related("party", "deadline")
    reading = get_object_or_404(rows, pk=pk, deadline__commitment=commitment)
    reading.deadline.commitment = commitment
    return reading


def _reading(request: HttpRequest, commitment: Commitment, reading: Reading | None) -> HttpResponse:
    process = commitment.process
    gone = reading is not None and reading.withdrawn_at is not None
    data = None if gone else sent(request, commitment)
    form = ReadingForm(data, process=process, thing=reading, commitment=commitment)
    outcome = form.is_bound and save_after_preview(
        request, form, enter_reading, process, _("The reading is recorded."),
        commitment=commitment, reading=reading,
    )  # fmt: skip
    if outcome is True:
        return redirect("commitment-dates", process.slug, commitment.number)
    return page(
        request, "commitments/reading.html", commitment, "dates", form, outcome,
        _("How a party reads it"), gone=gone, reading=reading,
    )  # fmt: skip


@CHANGES
def reading_in_force(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Which reading decides the date in force, and who decided that."""
    commitment = get_commitment_to_keep(request, slug, number)
    process = commitment.process
    form = InForceForm(
        sent(request, commitment), process=process, thing=commitment.deadline, commitment=commitment
    )
    outcome = form.is_bound and save_after_preview(
        request, form, put_reading_in_force, process, _("Saved."), commitment=commitment
    )
    if outcome is True:
        return redirect("commitment-dates", slug, number)
    return page(
        request, "commitments/reading_in_force.html", commitment, "dates", form, outcome,
        _("Which reading is in force"),
    )  # fmt: skip


@CHANGES
def reading_withdraw(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    commitment = get_commitment_to_keep(request, slug, number)
    reading = _get_reading(request, commitment, pk)
    said = {
        "title": _("Withdraw how %(party)s reads it") % {"party": reading.party.name},
        "words": _(
            "The party does not read it so. Where this reading is in force, what the agreement "
            "itself says is in force again."
        ),
        "button": _("Withdraw the reading"),
        "done": _("The reading is withdrawn."),
    }
    return because(request, commitment, withdraw_reading, said, reading=reading)


# --- One expected time --------------------------------------------------------------------------


@CHANGES
def expected_call_off(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """It is not expected this time."""
    commitment = get_commitment_to_keep(request, slug, number)
    rows = ExpectedOccurrence.objects.visible_to(request.user).select_related(
        *("obligation__party", "obligation__body", "opened_by")
    )
    expected = get_object_or_404(rows, pk=pk, obligation__commitment=commitment)
    expected.obligation.commitment = commitment
    if not is_open(expected) and request.method != "POST":
        raise Http404
    owner = expected.obligation.owner_name
    due = in_words(expected.due_on) if expected.due_on else _("no day yet")
    said = {
        "title": _("Call off what is expected of %(owner)s") % {"owner": owner},
        "words": _("Time %(n)s, due: %(day)s. It is not expected this time; the other times stay.")
        % {"n": expected.number, "day": due},
        "button": _("Call it off"),
        "done": _("It is called off."),
    }
    return because(request, commitment, call_off, said, expected=expected)
