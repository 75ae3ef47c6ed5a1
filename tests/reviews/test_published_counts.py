"""The counts that the monitoring commission of the R-ARCSS published at the ends of four quarters,
as the headlines of reports. The tasks are made up, in those numbers; what is counted is what was
recorded of them."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from coordination.commitments.actions import Owed, create_commitment, record_verification
from coordination.commitments.models import Commitment
from coordination.ledger.signing import digest_of
from coordination.reviews.actions import approve_report, create_report
from coordination.reviews.reports.figures import figures_of

pytestmark = pytest.mark.django_db

#: The end of a quarter, and how many were complete, ongoing and pending of how many.
PUBLISHED = (
    (dt.date(2019, 6, 30), (27, 17, 15, 59)),
    (dt.date(2019, 9, 30), (31, 22, 10, 63)),
    (dt.date(2019, 12, 31), (31, 22, 10, 63)),
    (dt.date(2020, 3, 31), (34, 22, 7, 63)),
)


class Commission:
    """Enters tasks and records what it finds of them."""

    def __init__(self, **people: Any) -> None:
        self.__dict__ |= people
        self.tasks: list[Commitment] = []

    def enter(self, count: int) -> None:
        for _ in range(count):
            number = len(self.tasks) + 1
            self.tasks.append(
                create_commitment(
                    actor=self.coordinator,
                    process=self.process,
                    owed=[Owed(self.party)],
                    origin="web",
                    reference=f"Art. {number}",
                    title=f"Task {number}",
                    track="political",
                    lead_body=self.lead_body,
                    kind="undated",
                    verifying_body=self.verifying_body,
                    recompute=False,
                )
            )

    def find(self, level: int, first: int, last: int) -> None:
        """Of the tasks from one number to another."""
        for task in self.tasks[first - 1 : last]:
            record_verification(
                actor=self.carol, obligation=task.obligations.get(), body=self.verifying_body,
                level=level, found=f"Found at level {level}.", origin="web",
                occurred_on=self.process.today(),
            )  # fmt: skip


def test_the_published_counts_are_the_headlines_of_reports_and_of_the_register(
    client, process, party, lead_body, verifying_body, coordinator, carol
) -> None:
    process.time_zone = "Africa/Juba"
    process.save()
    commission = Commission(
        process=process, party=party, lead_body=lead_body, verifying_body=verifying_body,
        coordinator=coordinator, carol=carol,
    )  # fmt: skip

    def on(*day: int) -> Any:
        return time_machine.travel(dt.datetime(*day, 12, tzinfo=process.zone))

    with on(2019, 4, 2):
        commission.enter(59)
    with on(2019, 6, 20):
        commission.find(3, 1, 27)
        commission.find(2, 28, 36)
        commission.find(1, 37, 44)
        commission.find(0, 45, 50)  # looked at and not begun: as pending as what nobody looked at
    with on(2019, 9, 12):
        commission.enter(4)
        commission.find(3, 28, 31)
        commission.find(1, 45, 53)
    with on(2019, 11, 5):
        commission.find(2, 37, 40)  # further, and still ongoing
    with on(2020, 3, 20):
        commission.find(3, 32, 34)
        commission.find(1, 54, 56)
    counts = []
    client.force_login(coordinator)
    for day, _published in PUBLISHED:
        report = create_report(
            actor=coordinator, process=process, issued_by=lead_body, title="Quarterly report",
            period_from=(day - dt.timedelta(days=80)).replace(day=1), period_until=day,
            origin="web",
        )  # fmt: skip
        figures = figures_of(report)
        said = report.sections.get(part="summary").text.partition("\n")[0]
        assert said == (
            "At the end of the period {complete} of {total} commitments were complete, "
            "{ongoing} were ongoing and {pending} were pending."
        ).format(**figures["now"])
        counts.append((day, tuple(figures["now"].values())))
        words = "{complete} complete, {ongoing} ongoing, {pending} pending of {total}"
        words = words.format(**figures["now"])
        for page in (f"reports/{report.pk}/", f"commitments/?as_of={day.isoformat()}"):
            assert words in client.get(f"/p/valley/{page}").content.decode()
    approve_report(actor=coordinator, report=report, seen=digest_of(figures), origin="web")
    assert figures["then"] == {"complete": 31, "ongoing": 22, "pending": 10, "total": 63}
    assert tuple(counts) == PUBLISHED
