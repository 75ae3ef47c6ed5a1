"""Sending approved minutes and reports to their addressees, with a row for each that says so.

The addressees are those of the body's reporting lines on the day, and everybody who sits in it. Who
is reached under one address gets one mail, whatever they are an addressee for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.models import Body, ReportingLine
from coordination.bodies.people import heads_of, holders_and_alternates, who_runs
from coordination.ledger.actions import append, lock
from coordination.outbox import actions as outbox
from coordination.outbox.models import Message

from ..dispatches import NOT_ARRIVED
from ..minutes_text import shown
from ..models import Dispatch, Minutes, Report, ReportFile, ReportSection
from ..queries import lines_of
from .fetching import locked


@dataclass(frozen=True)
class Addressee:
    """Somebody to whom it goes; without an address where nobody knows one."""

    name: str
    address: str = ""
    person: User | None = None
    line: ReportingLine | None = None


@dataclass(frozen=True)
class Mail:
    """What is sent of minutes or a report, to whomever it goes."""

    thing: Minutes | Report
    body: Body
    verb: str
    template: str
    path: str
    context: dict[str, Any]
    attachment: str = ""
    attachment_name: str = ""

    @property
    def of(self) -> dict[str, Any]:
        """The field of a dispatch that names the thing."""
        return {str(self.thing._meta.model_name): self.thing}


def dispatch_minutes(*, actor: Any, minutes: Minutes, origin: str) -> list[Dispatch]:
    """Send approved minutes to all their addressees; who has them already is left alone."""
    locked(minutes.review)
    return _dispatch(mail_of_minutes(minutes), actor, origin)


@transaction.atomic
def dispatch_report(
    *, actor: Any, report: Report, origin: str, file: ReportFile | None = None
) -> list[Dispatch]:
    """Send an approved report to the addressees of the body that issued it, with its file where one
    is given; who has the report already is left alone."""
    lock(report.process)
    if report.approved_at is None:
        raise Refused(_("A report is sent once it is approved."))
    return _dispatch(mail_of_report(report, file), actor, origin)


@transaction.atomic
def dispatch_again(*, actor: Any, dispatch: Dispatch, mail: Mail, origin: str) -> list[Dispatch]:
    """Send it once more where it did not arrive or nobody knew an address, to the address that the
    addressee has today. What is on its way, or has arrived, is not sent twice."""
    lock(dispatch.process)
    dispatch = Dispatch.objects.select_for_update(of=("self",)).get(pk=dispatch.pk)
    message = dispatch.message
    if message is not None and message.state not in NOT_ARRIVED:
        return []
    found = _as_of_today(dispatch)
    if not dispatch.address and any(one.address for one in found):
        # The row that said that no address was known says now where it went.
        first = next(one for one in found if one.address)
        name = first.name[:200]
        if not Dispatch.objects.filter(**mail.of, addressee=name, address=first.address).exists():
            dispatch.addressee, dispatch.address = name, first.address
            dispatch.save(update_fields=["addressee", "address"])
    sent = [one for to in found if to.address and (one := _send(mail, to, again=True))]
    _note(mail, sent, actor, origin)
    return sent


def addressees_of(body: Body, day: date) -> list[Addressee]:
    """To whom a body's minutes and reports go on a day: along its lines, then its own members."""
    found = [one for line in lines_of(body, day) for one in _of_line(line, day)]
    reached = {one.address.lower() for one in found}
    own = holders_and_alternates(body, day)
    found += [
        Addressee(str(person), person.email, person)
        for person in own
        if person.email.lower() not in reached
    ]
    return found


def _of_line(line: ReportingLine, day: date) -> list[Addressee]:
    """The address that the line has; else who runs that body or heads that party."""
    if line.email:
        members = line.body.process.memberships.current().filter(user__is_active=True)
        member = members.filter(user__email__iexact=line.email).select_related("user").first()
        return [Addressee(line.target_name, line.email, member.user if member else None, line)]
    people: Iterable[User] = ()
    if line.to_body is not None:
        people = who_runs(line.to_body, day)
    elif line.to_party is not None:
        people = heads_of(line.to_party)
    name = line.target_name
    found = [Addressee(f"{name}: {person}", person.email, person, line) for person in people]
    return found or [Addressee(name, line=line)]


def _as_of_today(dispatch: Dispatch) -> list[Addressee]:
    """Where this addressee is reached now; nobody where the line has ended since."""
    if dispatch.line is None:
        person = dispatch.message.recipient if dispatch.message else None
        return [Addressee(dispatch.addressee, person.email, person)] if person else []
    found = _of_line(dispatch.line, dispatch.process.today())
    same = [one for one in found if one.address.lower() == dispatch.address.lower()]
    return same or found


def _dispatch(mail: Mail, actor: Any, origin: str) -> list[Dispatch]:
    day = mail.body.process.today()
    sent = [one for to in addressees_of(mail.body, day) if (one := _send(mail, to))]
    _note(mail, sent, actor, origin)
    return sent


def _send(mail: Mail, to: Addressee, *, again: bool = False) -> Dispatch | None:
    """The row of one addressee with its message; None where there is one that may arrive."""
    name = to.name[:200]
    there = Dispatch.objects.filter(**mail.of, addressee=name, address=to.address)
    row = there.select_related("message").first()
    former = row.message if row else None
    if row and not again:
        return None
    if former and former.state not in NOT_ARRIVED:
        return None
    message = _queued(mail, to, former) if to.address else None
    if row is None:
        row = Dispatch(process=mail.body.process, **mail.of, line=to.line, addressee=name)
    row.address, row.message, row.made_at = to.address, message, timezone.now()
    row.save()
    return row


def _queued(mail: Mail, to: Addressee, former: Message | None) -> Message:
    times = 0
    if former is not None:
        about = Message.objects.filter(about_type=former.about_type, about_id=former.about_id)
        times = about.filter(to_address__iexact=to.address).count()
    thing, kind = mail.thing, str(mail.thing._meta.model_name)
    message = outbox.queue(
        key=outbox.message_key(kind, thing.pk, to.address.lower(), times),
        process=mail.body.process,
        kind=kind,
        recipient=to.person,
        address=to.address,
        reason=f"{to.name} is an addressee of {mail.body.code}.",
        template=mail.template,
        context=mail.context
        | {
            "process": mail.body.process,
            "body": mail.body,
            "is_addressee": to.line is not None,
            "addressee": to.name,
            "url": settings.SITE_URL + mail.path if to.person else "",
        },
        about=thing,
        attachment=mail.attachment,
        attachment_name=mail.attachment_name,
    )
    if former is not None and message.again_of_id is None and message.pk != former.pk:
        message.again_of = former
        message.save(update_fields=["again_of"])
    return message


def mail_of_minutes(minutes: Minutes) -> Mail:
    review = minutes.review
    slug = review.body.process.slug
    return Mail(
        thing=minutes,
        body=review.body,
        verb="minutes.dispatched",
        template="minutes",
        path=reverse("minutes", args=[slug, review.pk, minutes.version]),
        # Called where the mail is written, in the language of its reader.
        context={"minutes": minutes, "said": partial(shown, minutes.content)},
    )


def mail_of_report(report: Report, file: ReportFile | None = None) -> Mail:
    summary = report.sections.filter(part=ReportSection.Part.SUMMARY).first()
    stored = (file.file.name or "") if file and file.file else ""
    return Mail(
        thing=report,
        body=report.issued_by,
        verb="report.dispatched",
        template="report",
        path=reverse("implementation-report", args=[report.process.slug, report.pk]),
        context={"report": report, "summary": summary.text if summary else "", "file": stored},
        attachment=stored,
        attachment_name=f"{report}.{file.format}".replace("/", "-") if file and stored else "",
    )


def _note(mail: Mail, sent: list[Dispatch], actor: Any, origin: str) -> None:
    """In the ledger, which all members read, stand the addressees and not their addresses."""
    if not sent:
        return
    kind = mail.thing._meta.model_name
    append(
        process=mail.body.process,
        actor=actor,
        verb=mail.verb,
        thing=mail.thing,
        origin=origin,
        summary=f"Sent {kind} of {mail.body.code} to {len(sent)} addressees",
        after={"to": [[one.addressee, one.message_id] for one in sent]},
    )
