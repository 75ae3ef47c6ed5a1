"""What a process still needs before it runs by itself, in the order in which it is entered."""

from dataclasses import dataclass

from django.db.models import Exists, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.agreements.models import Agreement
from coordination.bodies.models import Body, Seat, Term
from coordination.commitments.models import Commitment, Obligation
from coordination.processes.models import Invitation, Membership, Party, Process
from coordination.reviews.models import ReviewSeries


@dataclass(frozen=True)
class Step:
    """One thing to enter; `next` is the first that is not done."""

    words: str
    hint: str
    url: str
    is_done: bool
    is_next: bool = False


def first_steps(process: Process) -> list[Step]:
    """All of them while one is missing, and nothing afterwards. One query, however large it is."""
    seats = Term.objects.filter(seat__body__process=process, seat__role__in=Seat.RUNNING)
    others = Membership.objects.current().filter(process=process)
    commitments = Commitment.objects.filter(process=process)
    owed = Obligation.objects.filter(commitment__process=process)
    found = (
        Process.objects.filter(pk=process.pk)
        .values(
            parties_there=Exists(Party.objects.filter(process=process)),
            body_there=Exists(Body.objects.filter(process=process)),
            chair_there=Exists(seats.running(process.today(timezone.now()))),
            others_there=Exists(others.exclude(role=Membership.Role.COORDINATOR)),
            invited=Exists(Invitation.objects.filter(process=process)),
            agreement_there=Exists(Agreement.objects.filter(process=process)),
            commitment_there=Exists(commitments),
            answered_for=Exists(
                owed.filter(~Q(focal_point=None), ~Q(commitment__verifying_body=None))
            ),
            rhythm_there=Exists(ReviewSeries.objects.filter(body__process=process)),
        )
        .get()
    )
    slug = [process.slug]
    steps = [
        (
            _("Enter the parties"),
            _("Those who signed, and those who mediate, guarantee or watch."),
            reverse("parties" if found["parties_there"] else "add-party", args=slug),
            found["parties_there"],
        ),
        (
            _("Enter the bodies"),
            _("Commissions, missions and councils: what leads, and what verifies."),
            reverse("bodies" if found["body_there"] else "add-body", args=slug),
            found["body_there"],
        ),
        (
            _("Invite people"),
            _("Delegates, monitors and observers, each for what they may see."),
            reverse("people-invite", args=slug),
            found["others_there"] or found["invited"],
        ),
        (
            _("Seat a chair"),
            _("Who runs a body closes its minutes and asks for what is late."),
            reverse("bodies", args=slug),
            found["chair_there"],
        ),
        (
            _("Enter the agreement"),
            _("Its provisions are what commitments refer to."),
            reverse("agreements" if found["agreement_there"] else "agreement-new", args=slug),
            found["agreement_there"],
        ),
        (
            _("Enter the commitments"),
            _("Who owes what, by when."),
            reverse("register" if found["commitment_there"] else "commitment-new", args=slug),
            found["commitment_there"],
        ),
        (
            _("Say who answers, and who verifies"),
            _("A commitment is asked about once a person answers for it."),
            reverse("register", args=slug),
            found["answered_for"],
        ),
        (
            _("Give a body its rhythm of reviews"),
            _("Its meetings are planned, and their agendas written, from then on."),
            reverse("series", args=slug),
            found["rhythm_there"],
        ),
    ]
    following = next((n for n, step in enumerate(steps) if not step[3]), None)
    if following is None:
        return []
    return [Step(*step, is_next=n == following) for n, step in enumerate(steps)]
