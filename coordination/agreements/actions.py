"""What changes an agreement: its facts, and the provisions of its text with their places.

The text is one list in reading order; whatever stands below a provision goes where that goes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.base.rows import refuse_what_is_not_allowed
from coordination.base.trees import leads_back
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.models import Party, Process
from coordination.processes.records import change, labels_of

from .citation import cite
from .models import Agreement, Provision
from .queries import in_reading_order

_LISTS = ("signatories", "witnesses")
_LONGEST = Provision._meta.get_field("citation").max_length or 0


def _facts(agreement: Agreement) -> dict[str, Any]:
    """The agreement as the ledger records it, with who signed and witnessed it."""
    lists = {name: sorted(p.pk for p in getattr(agreement, name).all()) for name in _LISTS}
    return snapshot(agreement) | lists


def _refuse_strangers(process: Process, lists: Mapping[str, Iterable[Party]]) -> None:
    for name, parties in lists.items():
        for party in parties:
            if party.process_id != process.pk:
                words = _("%(party)s belongs to another process.")
                raise Refused(words % {"party": party.name}, name)


@transaction.atomic
def enter_agreement(
    *,
    actor: Any,
    process: Process,
    origin: str,
    signatories: Iterable[Party] = (),
    witnesses: Iterable[Party] = (),
    **fields: Any,
) -> Agreement:
    """Enter an instrument, under a key that no other one of the process has."""
    lock(process)
    lists = {"signatories": list(signatories), "witnesses": list(witnesses)}
    _refuse_strangers(process, lists)
    agreement = Agreement(process=process, **fields)
    if process.agreements.filter(key=agreement.key).exists():
        raise Refused(_("Another agreement has this key: choose another."), "key")
    refuse_what_is_not_allowed(agreement, {"agreement_key_once": "key"})
    agreement.save()
    for name, parties in lists.items():
        getattr(agreement, name).set(parties)
    append(
        process=process,
        actor=actor,
        verb="agreement.entered",
        thing=agreement,
        origin=origin,
        summary=f"Entered the agreement {agreement}",
        after=_facts(agreement),
    )
    return agreement


@transaction.atomic
def change_agreement(*, actor: Any, agreement: Agreement, origin: str, **fields: Any) -> None:
    """Write down anew what an agreement is, and who signed and witnessed it; its key stays."""
    process = agreement.process
    lock(process)
    agreement.refresh_from_db()
    lists = {name: list(fields.pop(name)) for name in _LISTS if name in fields}
    _refuse_strangers(process, lists)
    fields.pop("key", None)
    before = _facts(agreement)
    for name, value in fields.items():
        setattr(agreement, name, value)
    for name, parties in lists.items():
        getattr(agreement, name).set(parties)
    after = _facts(agreement)
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return
    agreement.save()
    append(
        process=process,
        actor=actor,
        verb="agreement.changed",
        thing=agreement,
        origin=origin,
        summary=f"Changed the agreement {agreement}: {labels_of(agreement, changed)}",
        before=before,
        after=after,
    )


# --- Provisions ---------------------------------------------------------------------------------


@transaction.atomic
def enter_provision(
    *,
    actor: Any,
    agreement: Agreement,
    origin: str,
    label: str,
    parent: Provision | None = None,
    after: Provision | None = None,
    first: bool = False,
    citation: str = "",
    heading: str = "",
    text: str = "",
) -> Provision:
    """Add a provision below another: last there, first, or after one; what follows moves down."""
    process = agreement.process
    lock(process)
    _refuse_place(agreement, parent, after)
    citation = citation.strip() or cite(parent.citation if parent else "", label)
    provision = Provision(
        agreement=agreement,
        parent=parent,
        order=0,
        label=label.strip(),
        citation=citation,
        heading=heading,
        text=text,
    )
    _refuse_citations(agreement, {None: citation})
    provision.save()
    _put(agreement, provision, after, first)
    append(
        process=process,
        actor=actor,
        verb="provision.entered",
        thing=provision,
        origin=origin,
        summary=f"Entered {provision} of {agreement}",
        after=snapshot(provision),
    )
    return provision


@transaction.atomic
def change_provision(*, actor: Any, provision: Provision, origin: str, **fields: Any) -> None:
    """Write down anew a provision's number, heading, text or citation.

    A citation that follows from the number follows it still, here and below; an empty one is
    composed; one that somebody wrote otherwise stays.
    """
    lock(provision.agreement.process)
    provision.refresh_from_db()
    above = provision.parent.citation if provision.parent else ""
    said: dict[str, Any] = {name: fields[name] for name in ("heading", "text") if name in fields}
    label = fields.get("label", provision.label).strip()
    citation = fields.get("citation", provision.citation).strip()
    follows = provision.citation == cite(above, provision.label)
    if not citation or (follows and citation == provision.citation):
        citation = cite(above, label)
    said |= {"label": label, "citation": citation}
    _rewrite(actor, provision, said, origin, "provision.changed", f"Changed {provision}:")


@transaction.atomic
def move_provision(
    *,
    actor: Any,
    provision: Provision,
    origin: str,
    parent: Provision | None,
    after: Provision | None = None,
    first: bool = False,
) -> None:
    """Put a provision, with what is below it, below another or elsewhere below the same one."""
    agreement = provision.agreement
    lock(agreement.process)
    provision.refresh_from_db()
    _refuse_place(agreement, parent, after)
    if after == provision:
        raise Refused(_("It does not come after itself: name another one."), "after")
    if leads_back(provision, Provision._meta.get_field("parent"), parent):
        words = _("This would stand below itself, through “%(name)s”: choose another.")
        raise Refused(words % {"name": parent}, "parent")
    place = provision.order
    said: dict[str, Any] = {"parent": parent}
    if provision.citation == cite(
        provision.parent.citation if provision.parent else "", provision.label
    ):
        said["citation"] = cite(parent.citation if parent else "", provision.label)
    moved = _rewrite(
        actor,
        provision,
        said,
        origin,
        "provision.moved",
        f"Moved {provision} to {parent}" if parent else f"Moved {provision} to the top level",
    )
    _put(agreement, provision, after, first)
    if not moved and provision.order != place:
        append(
            process=agreement.process,
            actor=actor,
            verb="provision.moved",
            thing=provision,
            origin=origin,
            summary=f"Moved {provision} within {parent or agreement}",
            before={"order": place},
            after={"order": provision.order},
        )


@transaction.atomic
def step_provision(*, actor: Any, provision: Provision, down: bool, origin: str) -> None:
    """Let a provision change places with the one before or after it below the same one."""
    lock(provision.agreement.process)
    provision.refresh_from_db()
    beside = provision.agreement.provisions.filter(parent=provision.parent_id)
    around = list(beside.order_by("order", "pk"))
    here = around.index(provision)
    after = here + 1 if down else here - 2
    if not down and here == 0:
        raise Refused(_("It is the first there: to move it elsewhere, say below what."))
    if after >= len(around):
        raise Refused(_("It is the last there: to move it elsewhere, say below what."))
    move_provision(
        actor=actor,
        provision=provision,
        origin=origin,
        parent=provision.parent,
        after=around[after] if after >= 0 else None,
        first=after < 0,
    )


def _refuse_place(agreement: Agreement, parent: Provision | None, after: Provision | None) -> None:
    if parent is not None and parent.agreement_id != agreement.pk:
        words = _("“%(name)s” is not of this agreement: choose one that is.")
        raise Refused(words % {"name": parent}, "parent")
    if after is not None and (after.agreement_id, after.parent_id) != (
        agreement.pk,
        parent.pk if parent else None,
    ):
        words = _("“%(name)s” does not stand directly below the same provision: choose another.")
        raise Refused(words % {"name": after}, "after")


def _refuse_citations(agreement: Agreement, given: Mapping[int | None, str]) -> None:
    """Refuse a citation that another provision has, and one that is too long to be kept."""
    others = agreement.provisions.exclude(pk__in=[pk for pk in given if pk])
    taken = set(others.filter(citation__in=given.values()).values_list("citation", flat=True))
    for citation in given.values():
        if citation in taken:
            words = _("“%(citation)s” is another provision of the agreement: write it otherwise.")
            raise Refused(words % {"citation": citation}, "citation")
        if len(citation) > _LONGEST:
            words = _("“%(citation)s” has more than %(n)s characters: write a shorter one.")
            raise Refused(words % {"citation": citation, "n": _LONGEST}, "citation")
        taken.add(citation)


def _rewrite(
    actor: Any, provision: Provision, said: dict[str, Any], origin: str, verb: str, summary: str
) -> bool:
    """Write a provision anew, with the citations below it that follow from its own."""
    agreement, old = provision.agreement, provision.citation
    new = said.get("citation", old)
    below = _following(agreement, provision.pk, old, new) if new != old else {}
    follow: dict[int | None, str] = {pk: new for pk, (_old, new) in below.items()}
    _refuse_citations(agreement, follow | {provision.pk: new})
    if below:
        # One may take the citation that another gives up: all give up theirs first.
        rows = agreement.provisions.filter(pk__in=below)
        rows.update(citation=Concat(Value("~"), Cast("pk", CharField()), output_field=CharField()))
    changed = change(
        provision,
        said,
        process=agreement.process,
        actor=actor,
        verb=verb,
        origin=origin,
        summary=summary,
        also={"below": dict(below.values())} if below else None,
    )
    if below:
        named = [Provision(pk=pk, citation=new) for pk, new in follow.items()]
        Provision.objects.bulk_update(named, ["citation"], batch_size=500)
    return bool(changed)


def _following(agreement: Agreement, root: int, old: str, new: str) -> dict[int, tuple[str, str]]:
    """Of each provision below the root whose citation follows from it: the old and the new one."""
    rows = {
        pk: (parent, label, citation)
        for pk, parent, label, citation in agreement.provisions.order_by("order", "pk").values_list(
            "pk", "parent", "label", "citation"
        )
    }
    found = {root: (old, new)}
    for pk, _depth in in_reading_order((pk, row[0]) for pk, row in rows.items()):
        parent, label, citation = rows[pk]
        if pk != root and parent in found and citation == cite(found[parent][0], label):
            followed = cite(found[parent][1], label)
            if followed != citation:
                found[pk] = citation, followed
    del found[root]
    return found


def _put(agreement: Agreement, provision: Provision, after: Provision | None, first: bool) -> None:
    """Number the whole agreement anew with the provision in its place among those beside it."""
    rows = list(agreement.provisions.order_by("order", "pk").values_list("pk", "parent", "order"))
    here = next(row for row in rows if row[0] == provision.pk)
    rest = [row for row in rows if row[0] != provision.pk]
    place = 0 if first else len(rest)
    if after is not None:
        place = next(n for n, row in enumerate(rest) if row[0] == after.pk) + 1
    rest.insert(place, here)
    stored = {pk: order for pk, _parent, order in rows}
    reading = in_reading_order((pk, parent) for pk, parent, _order in rest)
    moved = [
        Provision(pk=pk, order=order)
        for order, (pk, _depth) in enumerate(reading, start=1)
        if stored[pk] != order
    ]
    Provision.objects.bulk_update(moved, ["order"], batch_size=500)
    provision.refresh_from_db(fields=["order"])
