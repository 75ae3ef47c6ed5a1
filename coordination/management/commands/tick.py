from typing import Any

from django.core.management.base import BaseCommand

from coordination.outbox.actions import deliver
from coordination.reminders.actions import tick
from coordination.reminders.checkpoints import sign_all
from coordination.reviews.actions import make_report_files, sweep


class Command(BaseCommand):
    help = "Plan reviews, ask for what is due, sign the ledgers and send what waits."

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweep()
        done = tick()
        signed = sign_all()
        files = make_report_files()
        sent = deliver()
        self.stdout.write(
            f"{swept.planned} reviews planned, {swept.agendas} agendas closed, "
            f"{swept.silences} silence procedures ended, {swept.disputes} disputes moved on, "
            f"{done.asked} check-ins asked for, {done.nobody} with nobody to ask, "
            f"{done.answered} found answered, "
            f"{done.invited} invitations written, "
            f"{signed} ledgers signed, {files} report files made, {sent} messages dealt with."
        )
