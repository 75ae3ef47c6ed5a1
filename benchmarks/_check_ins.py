"""People who each owe one check-in, all of them due, as often as one likes."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.models import Commitment, Deadline, Obligation
from coordination.outbox.models import Message, MessageEvent
from coordination.processes.actions import create_process
from coordination.processes.models import Membership, Party
from coordination.reminders.models import CheckInLink, Escalation, Occurrence, Reminder


def seed(number: int) -> None:
    """A process in which so many people answer for one obligation each."""
    keeper = User.objects.create_user("keeper@bench.example", "x", name="Keeper")
    process = create_process(
        actor=keeper, origin="system", slug="bench", name="Bench", short_name="Bench"
    )
    party = Party.objects.create(
        process=process, code="P", name="The first party", kind="state", part="conflict_party"
    )
    body = Body.objects.create(process=process, code="JMC", name="Joint body", track="military")
    people = User.objects.bulk_create(
        User(email=f"person{n}@bench.example", name=f"Person {n}", password="!")
        for n in range(number)
    )
    Membership.objects.bulk_create(
        Membership(process=process, user=one, role=Membership.Role.OBSERVER) for one in people
    )
    commitments = Commitment.objects.bulk_create(
        Commitment(
            process=process, number=n + 1, reference=f"Art. {n + 1}", track="military",
            title=f"Withdraw the heavy weapons from zone {n}", lead_body=body, verifying_body=body,
        )
        for n in range(number)
    )  # fmt: skip
    on, at = process.today() - timedelta(days=3), timezone.now() - timedelta(days=2)
    Deadline.objects.bulk_create(
        Deadline(commitment=one, process=process, due_on=on, due_at=at) for one in commitments
    )
    Obligation.objects.bulk_create(
        Obligation(commitment=commitment, party=party, focal_point=person, due_on=on, due_at=at)
        for commitment, person in zip(commitments, people, strict=True)
    )


def make_due(number: int) -> None:
    """Nobody was asked yet, and so many are to be asked now."""
    MessageEvent.objects.all().delete()
    for model in (CheckInLink, Reminder, Escalation, Occurrence, Message):
        model.objects.all()._raw_delete("default")
    Obligation.objects.update(asked_on=None, next_check_in_on=None, next_check_in_at=None)
    now = timezone.now()
    first = Obligation.objects.order_by("pk").values("pk")[:number]
    Obligation.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(
        next_check_in_on=now.date(), next_check_in_at=now - timedelta(minutes=1)
    )
