"""What waits on what: the chain of a commitment, what slips with it, and what is kept waiting."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.processes.editing import save
from coordination.processes.queries import get_process

from .. import chains
from ..access import may_keep
from ..actions.dependencies import enter_dependency, withdraw_dependency
from ..chain_facts import load, neighbours, what_slips
from ..chains import Graph, Node, Step
from ..forms.dependencies import DependencyForm, LateForm
from ..forms.flags import BecauseForm
from ..models import Commitment, Dependency
from ..standing import of_commitment
from .fetching import frame, get_commitment

#: What one page shows: of each side of a chain, of what slips, of the path, and of root causes.
MOST_NODES, MOST_STEPS, PAGE, MOST_PATH, ROOTS, MOST_KEPT = 40, 8, 50, 30, 12, 6


def chain_of(commitment: Commitment, user: Any) -> dict[str, Any]:
    """For the section `_chain.html` of the commitment's page."""
    return {
        "chain": neighbours(commitment),
        "own_standing": of_commitment(commitment),
        "keeps_chain": may_keep(user, commitment),
    }


@dataclass
class Branch:
    """A commitment in a closure, under the one that leads to it."""

    node: Node
    #: Why it stands under the one that it does.
    words: str
    children: list["Branch"] = field(default_factory=list)
    commitment: Commitment | None = None


@dataclass(frozen=True)
class Side:
    """One closure as a nested list, as far as it is shown."""

    steps: list[tuple[str, Branch]]
    total: int
    more: int


@require_safe
def commitment_chain(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    commitment = get_commitment(request, slug, number)
    process = commitment.process
    graph = load(process, request.user)
    upstream = chains.upstream(graph, commitment.pk)
    downstream = chains.downstream(graph, commitment.pk)
    before, after = _branches(graph, upstream, False), _branches(graph, downstream, True)
    path = chains.critical_path(graph, commitment.pk)
    form = LateForm(request.GET) if "late" in request.GET else LateForm()
    slips = None
    if form.is_bound and form.is_valid():
        found = what_slips(graph, process, commitment, form.cleaned_data["late"])
        slips = Paginator(found, PAGE).get_page(request.GET.get("page"))
    shown = {*before, *after, *(step.fact.id for step in path[-MOST_PATH:])}
    if slips:
        shown |= {one.fact.id for one in slips}
    rows = _fetch(process, {*shown, commitment.pk})
    context = frame(
        rows.get(commitment.pk, commitment),
        before=_side(before, len(upstream), rows, commitment.pk),
        after=_side(after, len(downstream), rows, commitment.pk),
        path=_with_words(path)[-MOST_PATH:] if len(path) > 1 else [],
        path_left_out=max(len(path) - MOST_PATH, 0),
        earliest=max(path[-1].ends_on, process.today()) if path[-1].ends_on else None,
        form=form,
        page=slips,
        late=form.cleaned_data["late"] if slips is not None else None,
        fact=graph.facts[commitment.pk],
        rows=rows,
        may_keep=may_keep(request.user, commitment),
    )
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "commitments/chain.html", context, status=status)


def _branches(graph: Graph, closure: Mapping[int, Node], forwards: bool) -> dict[int, Branch]:
    """The nearest of a closure, each with its own."""
    found: dict[int, Branch] = {}
    for key, node in closure.items():  # the nearest first, so that a parent is there already
        if len(found) == MOST_NODES or node.distance > MOST_STEPS:
            break
        code = graph.facts[node.parent].code
        words = node.kind.after(code) if forwards else node.kind.before(code)
        found[key] = Branch(node, words)
        if node.parent in found:
            found[node.parent].children.append(found[key])
    return found


def _with_words(path: list[Step]) -> list[tuple[Step, str]]:
    """Each step with what it is to the one after it."""
    codes = [step.fact.code for step in path[1:]]
    words = [
        step.kind.before(code) if step.kind else "" for step, code in zip(path, codes, strict=False)
    ]
    return list(zip(path, [*words, ""], strict=True))


def _side(
    branches: Mapping[int, Branch], total: int, rows: Mapping[int, Commitment], top: int
) -> Side:
    for key, branch in branches.items():
        branch.commitment = rows.get(key)
    first = [one for one in branches.values() if one.node.parent == top]
    return Side(list(_walk(first)), total, total - len(branches))


def _walk(branches: Iterable[Branch]) -> Iterator[tuple[str, Branch]]:
    for one in branches:
        yield "open", one
        yield from _walk(one.children)
        yield "close", one


def _fetch(process: Any, keys: Iterable[int]) -> dict[int, Commitment]:
    """The commitments that a page names, with what their standing needs."""
    fetched: Any = Commitment.objects.filter(pk__in=set(keys))
    rows: dict[int, Commitment] = {one.pk: one for one in fetched.for_list()}
    for one in rows.values():
        one.process = process
    return rows


@dataclass(frozen=True)
class Cause:
    """A commitment at which waiting begins, and the nearest of those that it keeps, with why."""

    commitment: Commitment
    total: int
    kept: list[tuple[Commitment, str]]

    @property
    def more(self) -> int:
        return self.total - len(self.kept)


@require_safe
def waiting(request: HttpRequest, slug: str) -> HttpResponse:
    """Which commitments cannot go ahead, under what keeps them in the end."""
    process = get_process(request.user, slug)
    graph: Graph = load(process, request.user)
    roots = chains.root_causes(graph)
    page = Paginator(list(roots.items()), ROOTS).get_page(request.GET.get("page"))
    kept = {root: list(chains.kept_by(graph, root).items())[:MOST_KEPT] for root, _total in page}
    shown = {*kept, *(key for rows in kept.values() for key, _node in rows)}
    rows = _fetch(process, shown)
    causes = [
        Cause(
            rows[root],
            total,
            [
                (rows[key], node.kind.after(graph.facts[node.parent].code))
                for key, node in kept[root]
                if key in rows
            ],
        )
        for root, total in page
        if root in rows
    ]
    context = {
        "process": process,
        "tab": "commitments",
        "page": page,
        "causes": causes,
        "blocked": len(chains.blocked(graph)),
        "roots": len(roots),
        "all": len(graph.facts),
    }
    return render(request, "commitments/waiting.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def dependency_new(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    commitment = get_commitment(request, slug, number)
    if not may_keep(request.user, commitment):
        raise PermissionDenied
    form = DependencyForm(request.POST or None, commitment=commitment)
    done = _("Recorded what it waits on.")
    if request.method == "POST" and save(
        request, form, enter_dependency, commitment.process, done, commitment=commitment
    ):
        return redirect("commitment-chain", slug, number)
    status = 422 if form.is_bound else 200
    context = frame(commitment, form=form)
    return render(request, "commitments/dependency_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def dependency_withdraw(
    request: HttpRequest, slug: str, number: int, dependency_id: int
) -> HttpResponse:
    commitment = get_commitment(request, slug, number)
    if not may_keep(request.user, commitment):
        raise PermissionDenied
    rows = Dependency.every.visible_to(request.user).select_related("on", "withdrawn_by")
    dependency = get_object_or_404(rows, commitment=commitment, pk=dependency_id)
    dependency.commitment = commitment
    form = BecauseForm(request.POST or None)
    done = _("Withdrawn. It stays in the record.")
    if request.method == "POST" and save(
        request, form, withdraw_dependency, commitment.process, done, dependency=dependency
    ):
        return redirect("commitment-chain", slug, number)
    context = frame(commitment, form=form, dependency=dependency)
    status = 422 if form.is_bound else 200
    return render(request, "commitments/dependency_withdraw.html", context, status=status)
