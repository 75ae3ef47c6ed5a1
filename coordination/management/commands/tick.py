from typing import Any

from django.core.management.base import BaseCommand

from coordination.outbox.actions import deliver
from coordination.reminders.actions import tick
from coordination.reminders.checkpoints import sign_all
from coordination.reviews.actions import plan_all


class Command(BaseCommand):
    help = "Plan reviews, ask for what is due, sign the ledgers and send what waits."

    def handle(self, *args: Any, **options: Any) -> None:
        planned = plan_all()
        done = tick()
        signed = sign_all()
        sent = deliver()
        self.stdout.write(
            f"{planned} reviews planned, {done.asked} check-ins asked for, "
            f"{done.nobody} with nobody to ask, {done.answered} found answered, "
            f"{done.invited} invitations written, "
            f"{signed} ledgers signed, {sent} messages dealt with."
        )
