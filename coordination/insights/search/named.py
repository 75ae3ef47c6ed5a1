"""What has a name or a number: commitments, provisions, agreements, bodies, people, parties."""

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Length
from django.urls import reverse
from django.utils.translation import gettext as _

from coordination.agreements.models import Agreement, Provision
from coordination.bodies.models import Body, FormerName
from coordination.commitments.models import Commitment
from coordination.commitments.standing import of_commitment
from coordination.processes.models import Membership, Party

from .asked import Asked
from .hits import Hit, Scope, any_starts, hit, ranked


def commitments(asked: Asked, scope: Scope, limit: int) -> list[Hit]:
    numbered = Q(number=asked.number) if asked.number is not None else Q(pk__in=[])
    found = asked.within("title", "reference", "text") | numbered
    rows = ranked(
        scope.rows(Commitment).filter(found),
        numbered,
        asked.cites("reference"),
        any_starts(asked, "title"),
        asked.within("title", meant=False),
        asked.as_typed("title", "reference", "text"),
    ).order_by("rank", Length("reference"), "number")
    some = list(rows.for_list()[:limit])
    some.sort(key=lambda one: (one.rank, asked.distance(one.reference)))
    hits = []
    for one in some:
        one.process = process = scope.processes[one.process_id]
        hits.append(
            hit(
                asked,
                process,
                reverse("commitment", args=[process.slug, one.number]),
                one.title,
                one.text,
                reference=f"{one.code} · {one.reference}",
                standing=of_commitment(one),
            )
        )
    return hits


def provisions(asked: Asked, scope: Scope, limit: int) -> list[Hit]:
    found = asked.within("citation", "heading", "text")
    rows = ranked(
        scope.rows(Provision).filter(found),
        asked.cites("citation"),
        any_starts(asked, "citation", "heading"),
        asked.within("heading", meant=False),
        asked.as_typed("citation", "heading", "text"),
    ).order_by("rank", Length("citation"), "pk")
    some = list(rows.select_related("agreement")[:limit])
    some.sort(key=lambda one: (one.rank, asked.distance(one.citation)))
    hits = []
    for one in some:
        process, agreement = scope.processes[one.agreement.process_id], one.agreement
        url = reverse("provision", args=[process.slug, agreement.key, one.pk])
        name = one.heading or agreement.name
        hits.append(hit(asked, process, url, name, one.text, reference=one.citation))
    return hits


def agreements(asked: Asked, scope: Scope, limit: int) -> list[Hit]:
    rows = ranked(
        scope.rows(Agreement).filter(asked.within("name", "key")),
        any_starts(asked, "name"),
        asked.as_typed("name"),
    ).order_by("rank", "name", "pk")
    return [
        hit(
            asked,
            scope.processes[one.process_id],
            reverse("agreement", args=[scope.processes[one.process_id].slug, one.key]),
            one.name,
        )
        for one in rows[:limit]
    ]


def bodies(asked: Asked, scope: Scope, limit: int) -> list[Hit]:
    """By what they are called, and by what they were called before."""
    fields = ("name", "code", "mandate", "legal_basis")
    former = FormerName.objects.filter(asked.within("name"))
    was = Subquery(former.filter(body=OuterRef("pk")).order_by("-until").values("name")[:1])
    rows = scope.rows(Body).filter(asked.within(*fields) | Q(pk__in=former.values("body")))
    rows = ranked(
        rows.annotate(was=was),
        Q(code__iexact=asked.typed),
        any_starts(asked, "code", "name"),
        asked.within("name", "code", meant=False),
        asked.as_typed(*fields),
    ).order_by("rank", "name", "pk")
    hits = []
    for one in rows[:limit]:
        process = scope.processes[one.process_id]
        line = _("Formerly %(name)s") % {"name": one.was} if one.was else one.mandate
        url = reverse("body", args=[process.slug, one.code])
        hits.append(hit(asked, process, url, one.name, line, reference=one.code))
    return hits


def people(asked: Asked, scope: Scope, limit: int) -> list[Hit]:
    """Who takes part now. Addresses are found by those whom the page of people shows them."""
    fields = ("user__name", "user__function")
    addressed = Q(pk__in=[])
    if scope.coordinated:
        addressed = asked.within("user__email", meant=False) & Q(process__in=scope.coordinated)
    rows = scope.rows(Membership).current()
    rows = ranked(
        rows.filter(asked.within(*fields, "party__name", "party__code") | addressed),
        any_starts(asked, "user__name"),
        asked.within("user__name", meant=False),
        asked.as_typed(*fields),
    ).order_by("rank", "user__name", "pk")
    hits = []
    for one in rows.select_related("user", "party")[:limit]:
        process = scope.processes[one.process_id]
        said = [one.user.function, one.party.name if one.party else ""]
        if one.process_id in scope.coordinated:
            said.append(one.user.email)
        url = reverse("person", args=[process.slug, one.user_id])
        line = " · ".join(filter(None, said))
        hits.append(hit(asked, process, url, one.user.name, line, person=True))
    return hits


def parties(asked: Asked, scope: Scope, limit: int) -> list[Hit]:
    rows = ranked(
        scope.rows(Party).filter(asked.within("name", "code")),
        Q(code__iexact=asked.typed),
        any_starts(asked, "code", "name"),
        asked.as_typed("name", "code"),
    ).order_by("rank", "code", "pk")
    hits = []
    for one in rows[:limit]:
        process = scope.processes[one.process_id]
        url = reverse("party", args=[process.slug, one.pk])
        hits.append(hit(asked, process, url, one.name, reference=one.code))
    return hits
