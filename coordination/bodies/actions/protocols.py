"""How a body works: its protocol with its sources, quorum parts and dispute steps, as one whole."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.base.rows import refuse_what_is_not_allowed
from coordination.ledger.actions import append, lock

from ..models import Body, DisputeStep, Protocol, ProtocolSource, QuorumPart

#: The fields of a protocol that the record keeps, in the order in which they are asked for.
FIELDS = (
    *("meets_times", "meets_per", "convened_by", "agenda_closes_hours"),
    *("quorum", "quorum_share", "quorum_needs_chair"),
    *("decision_rule", "majority", "majority_of", "silence_hours"),
    *("reports_per", "reporting_duty"),
)
_BESIDE = {
    "meeting_rhythm_is_whole": "meets_times",
    "quorum_is_a_number_or_a_share": "quorum_share",
    "silence_has_a_clock": "silence_hours",
    "half_is_no_majority": "majority",
}
_STEP = ("who", "seat", "to_body", "to_party", "within_hours")


def protocol_of(body: Body) -> Protocol:
    """The body's protocol, or a blank one where none is written down yet."""
    return Protocol.objects.filter(body=body).first() or Protocol(body=body)


def protocol_state(protocol: Protocol) -> dict[str, Any]:
    """All that a protocol says, as the ledger and its form have it."""
    state: dict[str, Any] = {name: getattr(protocol, name) for name in FIELDS}
    stored = protocol.pk is not None
    sources = {one.topic: one for one in protocol.sources.all()} if stored else {}
    for topic in ProtocolSource.Topic.values:
        one = sources.get(topic)
        state[f"{topic}_article"] = one.article if one else ""
        state[f"{topic}_wording"] = one.wording if one else ""
    state["quorum_parts"] = (
        list(protocol.quorum_parts.order_by("pk").values("group", "minimum")) if stored else []
    )
    state["dispute_steps"] = (
        list(protocol.dispute_steps.order_by("order").values(*_STEP)) if stored else []
    )
    return state


@transaction.atomic
def set_protocol(
    *,
    actor: Any,
    body: Body,
    origin: str,
    quorum_parts: Sequence[Mapping[str, Any]],
    dispute_steps: Sequence[Mapping[str, Any]],
    **fields: Any,
) -> Protocol:
    """Write down how a body works.

    `fields` are those of `Protocol` and, for each topic, "meetings_article" and "meetings_wording".
    Steps are numbered in the order in which they come.
    """
    process = body.process
    lock(process)
    protocol = protocol_of(body)
    is_new, before = protocol.pk is None, protocol_state(protocol)
    for name in FIELDS:
        setattr(protocol, name, fields[name])
    refuse_what_is_not_allowed(protocol, _BESIDE)
    _refuse_rows(body, quorum_parts, dispute_steps)
    _refuse_quorum(protocol, before, quorum_parts)
    protocol.save()
    _write_sources(protocol, fields)
    protocol.quorum_parts.all().delete()
    QuorumPart.objects.bulk_create(QuorumPart(protocol=protocol, **part) for part in quorum_parts)
    _write_steps(protocol, dispute_steps)
    after = protocol_state(protocol)
    changed = [name for name in after if after[name] != before[name]]
    if is_new or changed:
        append(
            process=process,
            actor=actor,
            verb="protocol.entered" if is_new else "protocol.changed",
            thing=protocol,
            origin=origin,
            summary=f"Wrote down the protocol of {body.code}"
            if is_new
            else f"Changed the protocol of {body.code}: "
            + get_text_list([name.replace("_", " ") for name in changed], "and"),
            before={} if is_new else before,
            after=after,
        )
    return protocol


def _refuse_rows(
    body: Body, parts: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]]
) -> None:
    groups = [part["group"] for part in parts]
    for n, group in enumerate(groups):
        if group in groups[:n]:
            raise Refused(
                _("“%(group)s” stands in two rows.") % {"group": group}, f"quorum_parts-{n}-group"
            )
    for n, step in enumerate(steps):
        for name in ("to_body", "to_party"):
            other = step.get(name)
            if other is not None and other.process_id != body.process_id:
                raise Refused(
                    _("%(name)s belongs to another process.") % {"name": other.name},
                    f"dispute_steps-{n}-to",
                )


def _refuse_quorum(
    protocol: Protocol, before: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]
) -> None:
    """Refuse a quorum that no meeting could reach; what stands there already is let stand."""
    if protocol.quorum == 0:
        raise Refused(_("A quorum is at least one; leave it empty where there is none."), "quorum")
    body, stored = protocol.body, before["quorum_parts"]
    needed = sum(part["minimum"] for part in parts)
    changed = protocol.quorum != before["quorum"] or [dict(part) for part in parts] != stored
    if changed and protocol.quorum and needed > protocol.quorum:
        raise Refused(
            _("Its parts come to %(needed)s: give a quorum of that many.") % {"needed": needed},
            "quorum",
        )
    known = {part["group"] for part in stored}
    for group, counts_as in body.composition_parts.values_list("group", "counts_as"):
        known |= {group, counts_as}
    known |= set(body.seats.values_list("group", flat=True))
    for n, part in enumerate(parts):
        if part["group"] not in known:
            words = _("No seat and no part of the composition is of “%(group)s”: enter it there.")
            raise Refused(words % {"group": part["group"]}, f"quorum_parts-{n}-group")


def _write_sources(protocol: Protocol, fields: Mapping[str, Any]) -> None:
    known = {one.topic: one for one in protocol.sources.all()}
    for topic in ProtocolSource.Topic.values:
        said = {key: fields.get(f"{topic}_{key}", "") for key in ("article", "wording")}
        one = known.get(topic)
        if any(said.values()):
            protocol.sources.update_or_create(topic=topic, defaults=said)
        elif one:
            one.delete()


def _write_steps(protocol: Protocol, steps: Sequence[Mapping[str, Any]]) -> None:
    """A step keeps its row, and so what refers to it, as long as there is one in its place."""
    known = {step.order: step for step in protocol.dispute_steps.all()}
    for order, said in enumerate(steps, 1):
        step = known.pop(order, None) or DisputeStep(protocol=protocol, order=order)
        for name in _STEP:
            setattr(step, name, said.get(name))
        refuse_what_is_not_allowed(step)
        step.save()
    for step in known.values():
        step.delete()
