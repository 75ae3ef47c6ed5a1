"""The mail that asks for one check-in, and the link with which it is answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from coordination.base import capabilities
from coordination.base.spoken import short_day
from coordination.commitments.models import CheckIn, Obligation, Verification
from coordination.commitments.report_queries import levels_reported
from coordination.commitments.standing import of_obligation
from coordination.reviews.models import Review

from .models import CheckInLink, Occurrence

#: How long a link answers.
LINK_LIFETIME = timedelta(days=14)


@dataclass(frozen=True)
class Link:
    """The addresses that a mail holds: placeholders stand where the token will be."""

    row: CheckInLink
    form_url: str
    pass_url: str


class Links:
    """New capabilities, each to answer one question as one person; they are stored together."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._new: list[CheckInLink] = []
        # The token's place is kept in the address by a word, since a placeholder is no token.
        self._form, self._pass = (
            settings.SITE_URL + reverse(name, args=["TOKEN"])
            for name in ("check-in", "check-in-pass")
        )

    def new(self, occurrence: Occurrence, recipient: User) -> Link:
        nonce = capabilities.new_nonce()
        row = CheckInLink(
            occurrence=occurrence,
            recipient=recipient,
            token_hash=capabilities.digest(capabilities.token_for(nonce)),
            created_at=self.now,
            expires_at=self.now + LINK_LIFETIME,
        )
        self._new.append(row)
        token = capabilities.placeholder(nonce)
        form, other = (url.replace("TOKEN", token) for url in (self._form, self._pass))
        return Link(row, form, other)

    def store(self) -> None:
        CheckInLink.objects.bulk_create(self._new)
        self._new = []


class _Process(NamedTuple):
    """What mails show of a process."""

    short_name: str
    marking: str


class Question(NamedTuple):
    """What a mail says of what is asked: what it may share with others, and words of its own."""

    context: dict[str, Any]
    own: dict[str, str]


def questions_of(links: Sequence[Link], now: datetime) -> list[Question]:
    """What the mails say of the obligations that are asked about, in a constant number of queries
    besides the findings: who may read one is asked for each person."""
    obligations = [link.row.occurrence.obligation for link in links]
    reports = _last_reports(obligations)
    meetings = _next_meetings([one.commitment.lead_body_id for one in obligations], now)
    found = _with_finding(obligations)
    profile_url = settings.SITE_URL + reverse("profile")
    questions = []
    for link in links:
        occurrence, recipient = link.row.occurrence, link.row.recipient
        obligation = occurrence.obligation
        commitment = obligation.commitment
        process, lead, verifier = (
            commitment.process, commitment.lead_body, commitment.verifying_body
        )  # fmt: skip
        report = reports.get(obligation.pk)
        finding = _last_finding(obligation, recipient) if obligation.pk in found else None
        meeting = meetings.get(commitment.lead_body_id)
        with translation.override(recipient.language), timezone.override(recipient.zone):
            context = {
                "process": _Process(process.short_name, process.marking),
                "asked_on": occurrence.local_date,
                "due_on": obligation.due_on,
                "dn_due": process.day_name(obligation.due_on),
                "standing": of_obligation(obligation, now),
                "lead": lead.name if lead else "",
                "verifier": verifier.name if verifier else "",
                "last_report": _level_on(report, report.submitted_at) if report else "",
                "last_finding": _level_on(finding, finding.released_at) if finding else "",
                "found_by": finding.body.name if finding else "",
                "meets_at": meeting.starts_at if meeting else None,
                "meets_in": meeting.place if meeting else "",
                "expires_at": link.row.expires_at,
                "profile_url": profile_url,
            }
        own = {
            "name": recipient.name,
            "owner": obligation.owner_name,
            "title": commitment.title,
            "heading": commitment.title.upper(),
            "reference": commitment.reference,
            "code": commitment.code,
            "form_url": link.form_url,
            "pass_url": link.pass_url,
        }
        questions.append(Question(context, own))
    return questions


def _level_on(said: CheckIn | Verification, at: datetime | None) -> str:
    return f"{said.get_level_display()}, {short_day(at)}" if at else said.get_level_display()


def _last_reports(obligations: Sequence[Obligation]) -> dict[int, CheckIn]:
    later = CheckIn.objects.filter(obligation=OuterRef("obligation"), pk__gt=OuterRef("pk"))
    rows = levels_reported().filter(~Exists(later), obligation__in=obligations)
    return {one.obligation_id: one for one in rows}


def _next_meetings(bodies: Sequence[int | None], now: datetime) -> dict[int | None, Review]:
    rows = Review.objects.filter(
        body__in={key for key in bodies if key}, state=Review.State.PLANNED, starts_at__gt=now
    )
    return {one.body_id: one for one in rows.order_by("-starts_at")}  # the next one is the last


def _with_finding(obligations: Sequence[Obligation]) -> set[int]:
    rows = Verification.objects.filter(obligation__in=obligations, released_at__isnull=False)
    return set(rows.order_by().values_list("obligation", flat=True))


def _last_finding(obligation: Obligation, recipient: User) -> Verification | None:
    shown = Verification.objects.visible_to(recipient).filter(obligation=obligation)
    return shown.filter(released_at__isnull=False).select_related("body").first()
