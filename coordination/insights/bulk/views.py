"""The pages on which one thing is done to many commitments: what, a look before, and undoing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from coordination.base.forms import SubmissionForm
from coordination.bodies.models import Body
from coordination.commitments.access import Kept, kept_by
from coordination.commitments.forms.quick import QuickForm
from coordination.commitments.models import BulkChange, Commitment
from coordination.commitments.register import read_choices
from coordination.commitments.views.entering import get_commitment_to_keep, sent
from coordination.processes.access import is_coordinator
from coordination.processes.editing import answer, save
from coordination.processes.models import Process
from coordination.processes.queries import get_process
from coordination.processes.records import labels_of

from .actions import UNDO_WITHIN, can_be_undone, change_at_once, change_one, undo, why_left
from .forms import ConfirmForm, WhatForm
from .plans import Line, Plan, plan_of, worded
from .selection import MOST, Selection, chosen, read_selection

Kind = BulkChange.Kind
#: What the register sends for one row that is to be edited where it stands.
EDIT = "edit"
PAGES = require_http_methods(["GET", "HEAD", "POST"])
#: Rows of a table with their titles; the rest is named by its number: below 50 KB.
SHOWN = 50
#: The same before anything is chosen.
NAMED = 12


def _process_to_keep(request: HttpRequest, slug: str) -> tuple[Process, Kept]:
    """To coordinators and to who runs a body; 403 to other members, 404 to everybody else."""
    process = get_process(request.user, slug)
    kept = kept_by(request.user, process)
    if not kept.any:
        raise PermissionDenied
    return process, kept


def _register(process: Process, choices: str) -> str:
    """The register as it was when one came from it."""
    query = read_choices(QueryDict(choices[:2000]), process).query()
    address = reverse("register", args=[process.slug])
    return f"{address}?{query}" if query else address


@PAGES
def bulk(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose what to do to the commitments in the address; see what it comes to; confirm it."""
    process, kept = _process_to_keep(request, slug)
    if request.method == "POST":
        return _confirm(request, process, kept)
    selection = read_selection(request.GET, request.user, process)
    context: dict[str, Any] = {
        "process": process,
        "tab": "commitments",
        "selection": selection,
        "most": MOST,
        "back": _register(process, selection.choices),
    }
    if not selection.numbers or selection.is_too_many:
        return render(request, "insights/bulk.html", context)
    kind = request.GET.get("kind", "")
    if kind == EDIT:
        return _to_row(request, process, selection)
    said = kind in request.GET or kind == Kind.REMIND
    form = WhatForm(request.GET if said else None, process=process, user=request.user)
    if form.is_bound and form.is_valid():
        rows = chosen(selection.numbers, request.user, process)
        plan = plan_of(form.what, rows, kept, process, timezone.now())
        return _preview(request, context, plan, form, selection)
    context |= {
        "form": form,
        "kind": kind,
        "field": form[kind] if kind in Kind.values else None,
        "offers": Kind.choices,
        "named": chosen(selection.numbers[:NAMED], request.user, process),
        "unnamed": selection.numbers[NAMED:],
        "anything": urlencode(selection.pairs),
    }
    return render(request, "insights/bulk.html", context, status=422 if form.is_bound else 200)


def _to_row(request: HttpRequest, process: Process, selection: Selection) -> HttpResponse:
    """To the page of the register that one came from, with the first of the rows to be edited."""
    number = selection.numbers[0]
    cursor = [(name, request.GET[name]) for name in ("after", "before") if name in request.GET]
    said = urlencode([*cursor, ("edit", number)])
    back = _register(process, selection.choices)
    return redirect(f"{back}{'&' if '?' in back else '?'}{said}#edit-{number}")


def _confirm(request: HttpRequest, process: Process, kept: Kept) -> HttpResponse:
    form = ConfirmForm(request.POST, process=process, user=request.user)
    choices = read_choices(QueryDict(request.POST.get("choices", "")[:2000]), process).query()
    back = _register(process, choices)
    if save(
        request,
        form,
        change_at_once,
        process,
        lambda made: _done(made, process),
        lambda: _done_before(form, request.user, process, choices),
        process=process,
    ):
        return redirect(back)
    if "what" not in form.cleaned_data:  # what it was to be set to is gone meanwhile
        context = {"process": process, "tab": "commitments", "back": back, "form": form}
        return answer(request, "insights/bulk.html", context, form)
    what, seen = form.cleaned_data["what"], form.cleaned_data["seen"]
    rows = chosen(list(seen)[:MOST], request.user, process)
    plan = plan_of(what, rows, kept, process, timezone.now())
    overtaken = plan.overtaken(seen)
    plan.changes = [one for one in plan.changes if one not in overtaken]
    selection = Selection([one.number for one in rows], choices, "all" in request.POST)
    context = {"process": process, "tab": "commitments", "back": back, "overtaken": overtaken}
    return _preview(request, context, plan, form, selection, status=409)


def _done(change: BulkChange, process: Process) -> str:
    """The message after it; with the way to undo it."""
    n = len(_keys(change))
    if change.kind == Kind.REMIND:
        words = ngettext(
            "%(n)s commitment is asked about.", "%(n)s commitments are asked about.", n
        )
    elif change.kind == Kind.AGENDA:
        words = ngettext(
            "%(n)s commitment is proposed for the agenda.",
            "%(n)s commitments are proposed for the agenda.",
            n,
        )
    else:
        words = ngettext("%(n)s commitment changed.", "%(n)s commitments changed.", n)
    return _with_undo(words % {"n": n}, change, process)


def _done_before(form: ConfirmForm, user: Any, process: Process, choices: str) -> str:
    """The message where the same was confirmed before, by the browser's “back”: nothing where it
    was undone by nobody since."""
    what, seen = form.cleaned_data["what"], form.cleaned_data["seen"]
    rows = chosen(list(seen)[:MOST], user, process)
    keys = {one.pk for one in rows}
    same = BulkChange.objects.filter(
        process=process, actor=user, kind=what.kind, value=what.value[:200]
    )
    made = next((one for one in same[:20] if _keys(one) == keys), None)
    if made is None or made.undone_at is None:
        return ""
    selection = Selection([one.number for one in rows], choices, False)
    again = urlencode([*selection.pairs, *form.pairs])
    words = _("It was done, and undone again meanwhile. Nothing was done now.")
    address = reverse("bulk", args=[process.slug])
    return format_html('{} <a href="{}?{}">{}</a>', words, address, again, _("Look at it anew"))


def _keys(change: BulkChange) -> set[int]:
    return {item["commitment"] for item in change.items}


def _with_undo(words: str, change: BulkChange, process: Process) -> str:
    address = reverse("bulk-change", args=[process.slug, change.pk])
    return format_html('{} <a href="{}">{}</a>', words, address, _("Undo"))


def _preview(
    request: HttpRequest,
    context: dict[str, Any],
    plan: Plan,
    form: WhatForm,
    selection: Selection,
    status: int = 200,
) -> HttpResponse:
    """What would become of each; nothing is saved yet."""
    pairs = [*form.pairs, ("choices", selection.choices)]
    if selection.everything:
        pairs.append(("all", "1"))
    confirm = ConfirmForm(
        process=context["process"], user=request.user, initial={"rows": plan.rows}
    )
    context |= {
        "plan": plan,
        "what": plan.what,
        "all": len(plan.changes) + len(plan.same) + len(plan.refused),
        "shown": plan.changes[:SHOWN],
        "rest": _by_state(plan.changes[SHOWN:]),
        "refused": plan.refused[:SHOWN],
        "refused_rest": plan.refused[SHOWN:],
        "same": [one.commitment.code for one in plan.same],
        "confirm": confirm,
        "pairs": pairs,
        "problems": form.non_field_errors() if status == 409 else (),
        "other": urlencode(selection.pairs),
    }
    return render(request, "insights/bulk_preview.html", context, status=status)


def _by_state(lines: Sequence[Line]) -> list[tuple[str, list[str]]]:
    """The codes of many lines, by what they are now."""
    ordered = sorted(lines, key=lambda one: one.before)
    return [
        (before, [one.commitment.code for one in group])
        for before, group in groupby(ordered, key=lambda one: one.before)
    ]


@dataclass(frozen=True)
class Done:
    """One commitment of a change that was made, as its page shows it."""

    commitment: Commitment
    was: str
    became: str
    left: str
    what: str = ""


@PAGES
def change(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What was done to which commitments; undone here by who did it, or by a coordinator."""
    process, _kept = _process_to_keep(request, slug)
    rows = BulkChange.objects.visible_to(request.user).select_related("actor")
    made = get_object_or_404(rows, process=process, pk=pk)
    made.process = process
    may = made.actor_id == request.user.pk or is_coordinator(request.user, process)
    form = SubmissionForm(request.POST or None)
    here = reverse("bulk-change", args=[slug, pk])
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        if save(request, form, undo, process, _undone, change=made):
            return redirect(here)
    done = _done_lines(made, request.user, process)
    context = {
        "process": process,
        "tab": "commitments",
        "change": made,
        "form": form,
        "lines": done[:SHOWN],
        "rest": [one.commitment.code for one in done[SHOWN:]],
        "n": len({one.commitment.pk for one in done}),
        "may_undo": may and can_be_undone(made, timezone.now()),
        "until": made.made_at + UNDO_WITHIN,
        "back": reverse("register", args=[slug]),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "insights/bulk_change.html", context, status=status)


def _undone(made: BulkChange) -> str:
    left = sum("left" in item for item in made.items)
    n = len(made.items) - left
    words = ngettext("%(n)s is as it was before.", "%(n)s are as they were before.", n) % {"n": n}
    if left:
        more = ngettext("%(n)s was left, and says why.", "%(n)s were left, and say why.", left)
        words += " " + more % {"n": left}
    return words


def _done_lines(made: BulkChange, user: Any, process: Process) -> list[Done]:
    keys = [item["commitment"] for item in made.items]
    rows = Commitment.every.visible_to(user).filter(process=process).in_bulk(keys)
    bodies = Body.objects.filter(process=process).in_bulk()
    found = []
    for item in sorted(made.items, key=lambda item: rows[item["commitment"]].number):
        name, left = item.get("field", ""), why_left(item)
        was, became = (
            worded(name, bodies.get(value, value) if name.endswith("body") else value)
            for value in (item.get("was"), item.get("became"))
        )
        row = rows[item["commitment"]]
        found.append(Done(row, was, became, left, labels_of(row, [name]) if name else ""))
    return found


@PAGES
def quick(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Change priority, check-ins or bodies of one commitment in place; the forms in the register
    and on its page are sent here, and it has a page of its own."""
    commitment = get_commitment_to_keep(request, slug, number)
    process = commitment.process
    form = QuickForm(sent(request, commitment), process=process, thing=commitment, prefix="quick")
    back, choices = reverse("commitment", args=[slug, number]), None
    if "choices" in request.POST:  # it stood in the register
        choices = read_choices(QueryDict(request.POST["choices"][:2000]), process)
        back = _register(process, choices.query())

    def done(made: BulkChange | None) -> str:
        if made is None:
            return _("Nothing was changed.")
        words = _("%(code)s is changed.") % {"code": commitment.code}
        return _with_undo(words, made, process)

    if form.is_bound and save(request, form, change_one, process, done):
        return redirect(back)
    context = {
        "process": process,
        "tab": "commitments",
        "commitment": commitment,
        "form": form,
        "back": back,
        "choices": choices,
    }
    return answer(request, "insights/bulk_one.html", context, form)
