"""A year of the monitoring commission of the R-ARCSS example: `python -m tests.e2e.year 12`.

One process is the secretariat, another the schedule and its worker (`clockwork`); mails go to a
real SMTP server, reports become real files. Prints what came of it as JSON.
"""

import json
import subprocess
import sys
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import time_machine
from django.core.management import call_command
from django.utils.text import slugify

from accounts.models import User
from coordination.bodies.models import Body, Seat, Term
from coordination.commitments.models import Commitment, Level
from coordination.ledger.actions import Origin, verify
from coordination.ledger.signing import digest_of
from coordination.outbox import clock
from coordination.outbox.models import Message
from coordination.portability.examples import FOLDER
from coordination.portability.loader import load_process_file
from coordination.processes.models import Membership, Process
from coordination.reviews import actions
from coordination.reviews.actions import Presence
from coordination.reviews.actions.dispatching import dispatch_report
from coordination.reviews.actions.disputes import raise_dispute
from coordination.reviews.actions.minutes import approve_minutes
from coordination.reviews.actions.reports import approve_report, create_report
from coordination.reviews.minutes_text import content_of
from coordination.reviews.models import (
    AgendaItem,
    Dispatch,
    Dispute,
    Minutes,
    Outcome,
    Report,
    ReportFile,
    Review,
    ReviewSeries,
)
from coordination.reviews.queries import quorum_of, seats_of
from coordination.reviews.reports.figures import figures_of

from .clockwork import machine

FIRST = date(2019, 7, 1)
#: Meetings at which too few come.
TOO_FEW = (3, 8)
#: Who sits beside those of the example, so that the commission has the quorum of its protocol.
MORE = {"Other South Sudanese": 13, "Region": 11, "International": 6, "Parties": 4}
WEB = Origin.WEB


class Clockwork:
    """The other process: told the time, it does what is due then."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.e2e.year.clockwork"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._heard("ready")

    def _heard(self, word: str) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline().strip() == word

    def at(self, moment: datetime) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{moment.isoformat()}\n")
        self.process.stdin.flush()
        self._heard("done")


class Year:
    """What the secretariat does, meeting after meeting."""

    def __init__(self) -> None:
        clock.read = machine
        self.clockwork = Clockwork()
        self.quorate: list[bool] = []

    def begin(self) -> None:
        """The example as it is written, on the first day of the year."""
        with time_machine.travel(datetime(2019, 6, 30, 6, tzinfo=UTC)):
            example = (FOLDER / "rarcss.yaml").read_bytes()
            load_process_file("rarcss.yaml", example, rebase=date(2019, 6, 30))
            self.process = Process.objects.get()
            self.body = Body.objects.get(code="RJMEC")
            self.office = User.objects.get(email="m.okello@rjmec.example")
            self.asked = User.objects.get(email="p.wani@tgonu.example")
            for line in self.body.lines.all():  # one addressee has two lines
                line.email = f"{slugify(line.target_name)[:40]}@addressees.example"
                line.save()
            self.body.protocol.silence_hours = 72
            self.body.protocol.save()
            # The others meet in their own tests.
            ReviewSeries.objects.exclude(body=self.body).update(ends_on=date(2019, 6, 29))
            for seat in self.body.seats.all():
                Term.objects.filter(seat=seat, ends_on__isnull=False).update(ends_on=None)
            number = 100
            for group, seats in MORE.items():
                for _ in range(seats):
                    number += 1
                    person = User.objects.create_user(
                        f"seat{number}@people.example", name=f"Member {number}"
                    )
                    Membership.objects.create(process=self.process, user=person, role="observer")
                    seat = Seat.objects.create(body=self.body, number=number, group=group)
                    Term.objects.create(seat=seat, holder=person, starts_on=FIRST)
            actions.set_agenda_rules(
                actor=self.office,
                body=self.body,
                leaves_out=[],
                ahead_days=30,
                opening=["Adoption of the agenda"],
                closing=["Date of the next meeting"],
                origin=WEB,
            )

    def run(self, months: int) -> dict[str, Any]:
        self.clockwork.at(datetime(2019, 7, 1, 8, tzinfo=UTC))
        for month in range(1, months + 1):
            self.meet(month)
            if month % 3 == 0:
                self.report(month // 3)
        self.clockwork.at(datetime(2019, 7, 20, tzinfo=UTC) + timedelta(days=31 * months))
        return self.told()

    def meet(self, month: int) -> None:
        """One meeting: its agenda closed by the schedule, held, minuted and sent."""
        review = self.body.reviews.filter(state=Review.State.PLANNED).order_by("starts_at")[0]
        self.clockwork.at(review.starts_at - timedelta(hours=71))
        with time_machine.travel(review.starts_at):
            review.refresh_from_db()
            assert review.agenda_closed_at is not None, month
            review = actions.open_review(actor=self.office, review=review, origin=WEB)
            self.attend(review, month)
            for item in review.items.all():
                self.deal_with(review, item, month)
        with time_machine.travel(review.starts_at + timedelta(hours=2)):
            actions.close_review(actor=self.office, review=review, origin=WEB)
        # In time for the end of a silence procedure, and for what happened since.
        self.clockwork.at(review.starts_at + timedelta(days=4))
        with time_machine.travel(review.starts_at + timedelta(days=5)):
            minutes = Minutes.objects.get(review=review)
            for item in review.items.filter(outcomes=None):
                actions.record_outcome(
                    actor=self.office,
                    item=item,
                    kind=Outcome.Kind.CARRIED_OVER,
                    text="",
                    submission=uuid.uuid4(),
                    origin=WEB,
                )
            chair = self.body.seats.get(role="chair").terms.get().holder
            seen = digest_of(content_of(minutes))
            approve_minutes(actor=chair, minutes=minutes, seen=seen, origin=WEB)

    def attend(self, review: Review, month: int) -> None:
        held = [seat for seat in seats_of(review) if seat.current_terms]
        come = held[:20] if month in TOO_FEW else held
        actions.mark_attendance(
            actor=self.office,
            review=review,
            presences={
                seat.pk: Presence(
                    "remote" if n % 9 == 8 else "present", seat.current_terms[0].holder
                )
                for n, seat in enumerate(come)
            },
            origin=WEB,
        )
        self.quorate.append(bool(quorum_of(review, seats_of(review)).met))

    def deal_with(self, review: Review, item: AgendaItem, month: int) -> None:
        said = {"actor": self.office, "item": item, "submission": uuid.uuid4(), "origin": WEB}
        if item.commitment is None:
            actions.record_outcome(kind=Outcome.Kind.NOTED, text="Agreed.", **said)
            return
        if item.order == 2:
            owner = item.commitment.obligations.first().owner
            actions.record_action(
                title=f"Report on {item.commitment.code} in writing",
                owner=owner,
                focal_point=self.asked,
                due_on=self.process.today() + timedelta(days=40),
                **said,
            )
        elif item.order == 3 and self.quorate[-1]:
            actions.record_decision(
                text="The next report names what is missing.", by_silence=month % 2 == 0, **said
            )
        elif item.commitment.verifying_body_id == self.body.pk:
            obligation = item.commitment.obligations.first()
            level = Level.FULL if month > 4 else Level.INTERMEDIATE
            actions.record_finding(
                obligation=obligation, level=level, text="As the evaluation officer found.", **said
            )
        elif item.order == 5 and month == 2:
            raise_dispute(
                actor=self.office,
                body=self.body,
                subject="From when the ninety days count",
                disagreement="One counts from the signature, the other from the first meeting.",
                item=item,
                origin=WEB,
            )

    def report(self, quarter: int) -> None:
        """The quarterly report: drafted, approved, made into files, and sent with one of them."""
        ends = (date(2019, 9, 30), date(2019, 12, 31), date(2020, 3, 31), date(2020, 6, 30))
        begins = (FIRST, date(2019, 10, 1), date(2020, 1, 1), date(2020, 4, 1))
        after = datetime.combine(ends[quarter - 1], datetime.min.time(), UTC) + timedelta(days=7)
        with time_machine.travel(after):
            report = create_report(
                actor=self.office,
                process=self.process,
                issued_by=self.body,
                title=f"On the implementation, quarter {quarter}",
                period_from=begins[quarter - 1],
                period_until=ends[quarter - 1],
                origin=WEB,
            )
            seen = digest_of(figures_of(report))
            chair = self.body.seats.get(role="chair").terms.get().holder
            report = approve_report(actor=chair, report=report, seen=seen, origin=WEB)
        self.clockwork.at(after + timedelta(hours=1))
        with time_machine.travel(after + timedelta(hours=2)):
            file = ReportFile.objects.get(report=report, format="pdf")
            assert file.state == ReportFile.State.READY, file.error
            dispatch_report(actor=self.office, report=report, file=file, origin=WEB)
        self.clockwork.at(after + timedelta(hours=3))

    def told(self) -> dict[str, Any]:
        """What the record says of the year."""
        decisions = Outcome.objects.filter(kind=Outcome.Kind.DECISION)
        dispute = Dispute.objects.get()
        sent = Dispatch.objects.filter(line__isnull=False, message__state=Message.State.SENT)
        return {
            "held": self.body.reviews.filter(state=Review.State.APPROVED).count(),
            "quorate": self.quorate,
            "items": [
                review.items.count() for review in self.body.reviews.filter(state="approved")
            ],
            "findings": Outcome.objects.filter(kind=Outcome.Kind.FINDING).count(),
            "findings_that_count": Outcome.objects.filter(verification__isnull=False).count(),
            "rules": sorted(set(decisions.values_list("rule", flat=True))),
            "undecided": decisions.filter(carried=None).count(),
            "actions": Outcome.objects.filter(kind=Outcome.Kind.ACTION).count(),
            "came_back": AgendaItem.objects.filter(carried_from__isnull=False).count(),
            "dispute": [stage.result for stage in dispute.stages.all()],
            "dispute_state": dispute.state,
            "sealed": Minutes.objects.exclude(digest="").count(),
            "reports": [
                [report.figures["now"]["total"], report.dispatches.filter(pk__in=sent).count()]
                for report in Report.objects.order_by("number")
            ],
            "minutes_sent": [
                minutes.dispatches.filter(pk__in=sent).count()
                for minutes in Minutes.objects.order_by("pk")
            ],
            "unsent": Message.objects.exclude(
                state__in=[Message.State.SENT, Message.State.SUPERSEDED, Message.State.CANCELLED]
            ).count(),
            "faults": [str(fault) for fault in verify(self.process)],
            "register": Commitment.objects.count(),
        }


def main() -> None:
    call_command("migrate", verbosity=0)
    year = Year()
    year.begin()
    print(json.dumps(year.run(int(sys.argv[1]))))


if __name__ == "__main__":
    main()
