"""What changes a body itself: its facts and name, its end, its lines and its composition."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coordination.base.dates import in_words
from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.models import Party, Process
from coordination.processes.records import change, change_span, enter

from ..models import Body, CompositionPart, FormerName, ReportingLine, RoleTerms, Seat
from .seats import refuse_for_terms

_BODY_FIELDS = {"body_ends_after_it_was_established": "ended_on"}
_LINE_FIELDS = {
    "line_leads_to_one": "to",
    "body_does_not_report_to_itself": "to",
    "reports_once_to_a_body": "to",
    "reports_once_to_a_party": "to",
}


@transaction.atomic
def enter_body(*, actor: Any, process: Process, origin: str, **fields: Any) -> Body:
    """Enter a body, under a code that no other body of the process has."""
    lock(process)
    body = Body(process=process, **fields)
    if process.bodies.filter(code__iexact=body.code).exists():
        raise Refused(_("%(code)s is another body: choose another code.") % fields, "code")
    return enter(
        body,
        process=process,
        actor=actor,
        verb="body.entered",
        origin=origin,
        summary=f"Entered the body {body}",
        beside=_BODY_FIELDS | {"body_ends_after_it_was_established": "established_on"},
    )


@transaction.atomic
def change_body(
    *,
    actor: Any,
    body: Body,
    origin: str,
    renamed_on: date | None = None,
    misspelt: bool = False,
    **fields: Any,
) -> None:
    """Write down a body's facts anew.

    Another name holds from a day on and the former one is kept, unless it was only misspelt.
    """
    lock(body.process)
    body.refresh_from_db()
    fields.pop("code", None)
    former, name = body.name, fields.get("name", body.name)
    if misspelt and renamed_on:
        raise Refused(_("It was either renamed or misspelt: say one of them."), "renamed_on")
    if name != former and not misspelt:
        _keep_name(body, renamed_on)
        change(
            body,
            {"name": name},
            process=body.process,
            actor=actor,
            verb="body.renamed",
            origin=origin,
            summary=f"{body.code} is {name} from {in_words(renamed_on)} on, before {former}"
            if renamed_on
            else "",
            also={"renamed_on": renamed_on},
        )
    change(
        body,
        fields,
        process=body.process,
        actor=actor,
        verb="body.changed",
        origin=origin,
        summary=f"Changed the body {body.code}:",
        beside=_BODY_FIELDS | {"body_ends_after_it_was_established": "established_on"},
    )


def _keep_name(body: Body, until: date | None) -> None:
    if until is None:
        raise Refused(_("Say from which day it bears the new name."), "renamed_on")
    last = body.former_names.order_by("until").last()
    if last and last.until >= until:
        raise Refused(
            _("It was renamed on %(day)s: choose a later day.") % {"day": in_words(last.until)},
            "renamed_on",
        )
    if body.established_on and until <= body.established_on:
        raise Refused(_("It bore its former name for at least a day."), "renamed_on")
    FormerName.objects.create(body=body, name=body.name, until=until)


@transaction.atomic
def correct_former_name(
    *, actor: Any, former: FormerName, name: str, until: date, origin: str, undo: bool = False
) -> None:
    """Mend a body's last former name or its day, or take that renaming back altogether."""
    body, process = former.body, former.body.process
    lock(process)
    others = body.former_names.exclude(pk=former.pk).order_by("until")
    last = others.last()
    if undo:
        before = snapshot(former)
        former.delete()
        change(
            body,
            {"name": before["name"]},
            process=process,
            actor=actor,
            verb="body.renaming-undone",
            origin=origin,
            summary=f"{body.code} bears the name {before['name']} still: it was not renamed",
            also={"former_name": before},
        )
        return
    if last and last.until >= until:
        raise Refused(
            _("It was renamed on %(day)s: choose a later day.") % {"day": in_words(last.until)},
            "until",
        )
    if body.established_on and until <= body.established_on:
        raise Refused(_("It bore its former name for at least a day."), "until")
    change(
        former,
        {"name": name, "until": until},
        process=process,
        actor=actor,
        verb="body.former-name-changed",
        origin=origin,
        summary=f"Changed the former name of {body.code}:",
    )


@transaction.atomic
def draw_line(
    *,
    actor: Any,
    body: Body,
    kind: str,
    origin: str,
    to: Body | Party | None = None,
    to_name: str = "",
    started_on: date | None = None,
    source: str = "",
) -> ReportingLine:
    """Record to whom a body reports, whom it informs or with whom it liaises."""
    process = body.process
    lock(process)
    line = ReportingLine(
        body=body, kind=kind, to_name=to_name, started_on=started_on, source=source
    )
    if isinstance(to, Body):
        line.to_body = to
    else:
        line.to_party = to
    if to is not None and to.process_id != process.pk:
        raise Refused(_("%(name)s belongs to another process.") % {"name": to.name}, "to")
    return enter(
        line,
        process=process,
        actor=actor,
        verb="line.entered",
        origin=origin,
        summary=str(line),
        beside=_LINE_FIELDS,
    )


@transaction.atomic
def change_line(
    *, actor: Any, line: ReportingLine, origin: str, mistaken: bool = False, **fields: Any
) -> None:
    """Record from when to when a body reports in this way, and which article says so."""
    change_span(
        line,
        fields,
        mistaken=mistaken,
        process=line.body.process,
        actor=actor,
        what="line",
        origin=origin,
        beside=dict.fromkeys(_LINE_FIELDS, "ended_on"),
    )


def composition_of(body: Body) -> list[dict[str, Any]]:
    """The parts of a body's composition, as the ledger and its form have them."""
    names = ("group", "seats", "counts_as", "named_by")
    return list(body.composition_parts.order_by("pk").values(*names))


@transaction.atomic
def set_composition(
    *, actor: Any, body: Body, parts: Sequence[Mapping[str, Any]], origin: str
) -> None:
    """Write down of which groups a body is composed; those that are left out are removed."""
    lock(body.process)
    before, after = composition_of(body), [dict(part) for part in parts]
    seen: set[str] = set()
    for n, part in enumerate(after):
        if part["group"] in seen:
            raise Refused(
                _("“%(group)s” stands in two rows.") % {"group": part["group"]}, f"parts-{n}-group"
            )
        seen.add(part["group"])
    if before == after:
        return
    body.composition_parts.all().delete()
    CompositionPart.objects.bulk_create(CompositionPart(body=body, **part) for part in after)
    append(
        process=body.process,
        actor=actor,
        verb="body.composed",
        thing=body,
        origin=origin,
        summary=f"Changed the composition of {body.code}: "
        + (", ".join(f"{part['seats']} {part['group']}" for part in after) or "none"),
        before={"parts": before},
        after={"parts": after},
    )


@transaction.atomic
def set_role(
    *, actor: Any, body: Body, origin: str, terms: RoleTerms | None = None, **fields: Any
) -> RoleTerms:
    """Say in words what a role may do in a body, and in what."""
    lock(body.process)
    if terms is None:
        if body.role_terms.filter(role=fields["role"]).exists():
            raise Refused(_("This role is described already: change it there."), "role")
        made = RoleTerms(body=body, **fields)
        return enter(
            made,
            process=body.process,
            actor=actor,
            verb="role.described",
            origin=origin,
            summary=f"Described the role {made}",
        )
    fields.pop("role", None)
    change(
        terms,
        fields,
        process=body.process,
        actor=actor,
        verb="role.changed",
        origin=origin,
        summary=f"Changed the role {terms}:",
    )
    return terms


@transaction.atomic
def remove_role(*, actor: Any, terms: RoleTerms, origin: str) -> None:
    """Take out what was said of a role in a body; the ledger keeps it."""
    lock(terms.body.process)
    append(
        process=terms.body.process,
        actor=actor,
        verb="role.removed",
        thing=terms,
        origin=origin,
        summary=f"Removed what was said of the role {terms}",
        before=snapshot(terms),
    )
    terms.delete()


@transaction.atomic
def enter_seat(*, actor: Any, body: Body, origin: str, **fields: Any) -> Seat:
    """Add a seat to a body; it is vacant until a term begins."""
    lock(body.process)
    seat = Seat(body=body, **fields)
    _refuse_number(seat)
    return enter(
        seat,
        process=body.process,
        actor=actor,
        verb="seat.entered",
        origin=origin,
        summary=f"Added the seat {seat}",
    )


@transaction.atomic
def change_seat(*, actor: Any, seat: Seat, origin: str, **fields: Any) -> None:
    """Say anew what a seat is; who holds it stays."""
    lock(seat.body.process)
    seat.refresh_from_db()
    _refuse_number(Seat(pk=seat.pk, body=seat.body, number=fields.get("number", seat.number)))
    party, started_on = (fields.get(name, getattr(seat, name)) for name in ("party", "started_on"))
    refuse_for_terms(seat, party, started_on, seat.ended_on)
    change(
        seat,
        fields,
        process=seat.body.process,
        actor=actor,
        verb="seat.changed",
        origin=origin,
        summary=f"Changed seat {seat.number} of {seat.body.code}:",
        beside={"seat_ends_after_it_starts": "started_on"},
    )


def _refuse_number(seat: Seat) -> None:
    if seat.number < 1:
        raise Refused(_("Seats are numbered from 1 on."), "number")
    if seat.body.seats.filter(number=seat.number).exclude(pk=seat.pk).exists():
        raise Refused(_("The body has a seat of this number already."), "number")


@transaction.atomic
def abolish_seat(*, actor: Any, seat: Seat, ended_on: date | None, origin: str) -> None:
    """Record from which day a seat is no more, or that it goes on; whoever holds it then has to
    leave it first."""
    lock(seat.body.process)
    for term in seat.terms.select_related("holder"):
        if ended_on and (term.ends_on is None or term.ends_on >= ended_on):
            raise Refused(
                _("%(holder)s holds it then: end that term first.") % {"holder": term.holder},
                "ended_on",
            )
    change(
        seat,
        {"ended_on": ended_on},
        process=seat.body.process,
        actor=actor,
        verb="seat.abolished" if ended_on else "seat.continued",
        origin=origin,
        summary=f"Abolished from {in_words(ended_on)} on: {seat}"
        if ended_on
        else f"Not abolished after all: {seat}",
    )
