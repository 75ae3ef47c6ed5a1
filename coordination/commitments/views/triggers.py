"""What triggers commitments, and each time that it happened."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coordination.processes.editing import get_process_to_keep, save
from coordination.processes.models import Process
from coordination.processes.queries import get_process

from ..actions.triggers import (
    change_trigger,
    enter_trigger,
    record_trigger_event,
    withdraw_trigger_event,
)
from ..expected import is_open
from ..forms.flags import BecauseForm
from ..forms.triggers import TriggerEventForm, TriggerForm
from ..models import Commitment, ExpectedOccurrence, Trigger, TriggerEvent
from ..previews import after_preview, openings, save_after_preview
from .entering import CHANGES, sent

#: Triggers on one page, and of each the commitments and the last events that it names.
PAGE, NAMED, LAST = 12, 12, 4
#: Events on the page of one trigger.
EVENTS = 40


def _frame(process: Process, **more: Any) -> dict[str, Any]:
    back = reverse("triggers", args=[process.slug])
    return {"process": process, "tab": "commitments", "back": back} | more


def _events(request: HttpRequest) -> Any:
    expected = ExpectedOccurrence.objects.only(
        *("opened_by", "called_off_at", "reported_level", "verified_level")
    )
    rows = TriggerEvent.objects.visible_to(request.user).order_by("-on", "-pk")
    return rows.prefetch_related(Prefetch("expected", expected, "asked"))


@require_safe
def triggers(request: HttpRequest, slug: str) -> HttpResponse:
    """Each with what it triggers and when it happened last; `trigger` in the address names one,
    and all of its events are shown then."""
    process = get_process(request.user, slug)
    happened = Count("events", filter=Q(events__withdrawn_at=None))
    rows = Trigger.objects.visible_to(request.user).filter(process=process).order_by("name", "pk")
    only = request.GET.get("trigger")
    if only is not None:
        one: Any = get_object_or_404(rows.annotate(times=happened), key=only[:40])
        events = _events(request).filter(trigger=one)
        page = Paginator(events, EVENTS).get_page(request.GET.get("page"))
        one.last = page.object_list
        one.answering = list(_commitments(request).filter(trigger=one))
        shown: list[Any] = [one]
    else:
        named = _commitments(request)[:NAMED]
        last = _events(request)[:LAST]
        page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
        shown = list(
            rows.filter(pk__in=[one.pk for one in page.object_list])
            .annotate(times=happened)
            .prefetch_related(
                Prefetch("events", last, "last"), Prefetch("commitments", named, "answering")
            )
        )
    for trigger in shown:
        for event in trigger.last:
            event.open = sum(is_open(row) for row in event.asked)
    context = _frame(process, page=page, triggers=shown, only=only, last=0 if only else LAST)
    return render(request, "commitments/triggers.html", context)


def _commitments(request: HttpRequest) -> Any:
    rows = Commitment.objects.visible_to(request.user).order_by("number")
    return rows.only("number", "title", "trigger")


def _get_trigger(request: HttpRequest, slug: str, key: str) -> Trigger:
    process = get_process_to_keep(request, slug)
    trigger = get_object_or_404(Trigger.objects.visible_to(request.user), process=process, key=key)
    trigger.process = process
    return trigger


@CHANGES
def trigger_new(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process_to_keep(request, slug)
    form = TriggerForm(sent(request), process=process)
    if form.is_bound and save(
        request, form, enter_trigger, process, _("The trigger is entered."), process=process
    ):
        return redirect("triggers", slug)
    status = 422 if form.is_bound else 200
    return render(request, "commitments/trigger.html", _frame(process, form=form), status=status)


@CHANGES
def trigger_edit(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    trigger = _get_trigger(request, slug, key)
    process = trigger.process
    form = TriggerForm(sent(request), process=process, thing=trigger)
    if form.is_bound and save(request, form, change_trigger, process, _("Saved."), trigger=trigger):
        return redirect("triggers", slug)
    context = _frame(process, form=form, trigger=trigger)
    status = 422 if form.is_bound else 200
    return render(request, "commitments/trigger.html", context, status=status)


@CHANGES
def event_new(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """It happened: what will be expected of whom by when is shown before it is recorded."""
    trigger = _get_trigger(request, slug, key)
    process = trigger.process
    form = TriggerEventForm(sent(request), process=process, initial={"on": process.today()})
    outcome = form.is_bound and save_after_preview(
        request, form, record_trigger_event, process, _("It is recorded."),
        shows=openings, template="commitments/preview_expected.html",
        trigger=trigger,
    )  # fmt: skip
    if outcome is True:
        return redirect(f"{reverse('triggers', args=[slug])}?trigger={key}")
    context = _frame(process, trigger=trigger)
    return after_preview(
        request, outcome, "commitments/trigger_event.html", context, form, what=trigger.name
    )


@CHANGES
def event_withdraw(request: HttpRequest, slug: str, key: str, number: int) -> HttpResponse:
    """It did not happen: what nobody has answered yet is called off."""
    trigger = _get_trigger(request, slug, key)
    process = trigger.process
    rows = TriggerEvent.every.visible_to(request.user)
    event = get_object_or_404(rows, trigger=trigger, number=number)
    event.trigger = trigger
    if event.withdrawn_at and request.method != "POST":
        raise Http404
    form = BecauseForm(sent(request))
    done = _("Withdrawn.")
    if form.is_bound and save(request, form, withdraw_trigger_event, process, done, event=event):
        return redirect(f"{reverse('triggers', args=[slug])}?trigger={key}")
    asked = event.expected.select_related(
        "obligation__commitment", "obligation__party", "obligation__body"
    )
    context = _frame(
        process,
        trigger=trigger,
        event=event,
        asked=[row for row in asked.order_by("pk") if is_open(row)],
        title=_("It did not happen: %(what)s") % {"what": event.what},
        words=_("What nobody has answered yet is called off; what was reported of it stays."),
        button=_("Withdraw it"),
    )
    return after_preview(request, False, "commitments/withdraw.html", context, form, what="")
