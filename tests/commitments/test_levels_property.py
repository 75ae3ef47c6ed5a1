"""The columns of an obligation say what its reports and findings say, in whatever order they came.

What they say is worked out a second time, from the plainest account of what happened.
"""

import datetime as dt
from random import Random
from typing import Any

import pytest
import time_machine

from coordination.commitments.actions import record_verification, submit_check_in
from coordination.commitments.actions.findings import (
    approve_verification,
    prepare_verification,
    release_verification,
    withdraw_verification,
)
from coordination.commitments.models import Obligation, Verification
from coordination.commitments.verification import differences
from tests.conftest import Role, member

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 1, 7, tzinfo=dt.UTC)


class Account:
    """What was reported and found, as plain rows in the order of their entry."""

    def __init__(self) -> None:
        self.reports: list[dict[str, Any]] = []
        self.findings: dict[int, dict[str, Any]] = {}

    def reported(self) -> tuple[int | None, dt.datetime | None, dt.date | None]:
        """The newest report, unless it is for an earlier day than one that was answered before."""
        kept: dict[str, Any] | None = None
        answered = dt.date.min
        for one in self.reports:
            overtaken = one["for"] is not None and one["for"] < answered
            if not overtaken and (kept is None or one["at"] >= kept["at"]):
                kept = one
            answered = max(answered, one["for"] or answered)
        return (kept["level"], kept["at"], kept["next"]) if kept else (None, None, None)

    def found(self) -> tuple[int | None, dt.datetime | None, dt.date | None]:
        """The newest finding that is approved, released and not taken back."""
        rows = [(one["at"], key, one) for key, one in self.findings.items() if one["counts"]]
        if not rows:
            return None, None, None
        one = max(rows, key=lambda row: row[:2])[2]
        return one["level"], one["at"], one["on"] if one["level"] == 3 else None


@pytest.mark.parametrize("seed", range(2))
def test_levels_are_those_of_the_last_report_and_the_last_finding_that_count(
    obligation, process, alice, carol, verifying_body, seed
) -> None:
    random, account = Random(seed), Account()
    other = member(process, "Otto", Role.COORDINATOR)
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(22):
            clock.shift(dt.timedelta(hours=random.choice([0, 1, 30])))
            now, today = dt.datetime.now(dt.UTC), process.today()
            before = dt.timedelta(days=random.choice([0, 0, 0, 1, 5]))
            level = random.choice([0, 1, 2, 3, 3])
            match random.choice(["report", "report", "find", "prepare", "approve", "withdraw"]):
                case "report":
                    day = random.choice([None, today, today - dt.timedelta(days=3)])
                    soon = random.choice([None, today + dt.timedelta(days=9)])
                    submit_check_in(
                        obligation=obligation, author=alice, level=level, origin="web",
                        period_on=day, next_expected_on=soon, at=now - before,
                    )  # fmt: skip
                    said = {"level": level, "at": now - before, "for": day, "next": soon}
                    account.reports.append(said)
                case "find":
                    made = record_verification(
                        actor=carol, obligation=obligation, body=verifying_body, level=level,
                        found="Seen.", occurred_on=today - before, at=now - before, origin="web",
                    )  # fmt: skip
                    account.findings[made.pk] = {
                        "level": level, "at": now - before, "on": today - before, "counts": True,
                    }  # fmt: skip
                case "prepare":
                    made = prepare_verification(
                        actor=carol, obligation=obligation, body=verifying_body, level=level,
                        found="Seen.", occurred_on=today - before, origin="web",
                    )  # fmt: skip
                    account.findings[made.pk] = {
                        "level": level, "at": now, "on": today - before, "counts": False,
                    }  # fmt: skip
                case "approve":
                    for one in Verification.objects.filter(approved_at=None)[:1]:
                        approve_verification(actor=other, verification=one, version=1, origin="web")
                    for one in Verification.objects.filter(
                        approved_at__isnull=False, released_at=None
                    )[: random.choice([0, 1])]:
                        release_verification(actor=other, verification=one, origin="web")
                        account.findings[one.pk]["counts"] = True
                case "withdraw":
                    if keys := list(
                        Verification.objects.order_by("pk").values_list("pk", flat=True)
                    ):
                        one = Verification.objects.get(pk=random.choice(keys))
                        withdraw_verification(
                            actor=carol, verification=one, because="A mistake.", origin="web"
                        )
                        account.findings[one.pk]["counts"] = False
            row = Obligation.objects.get()
            said_so = (row.reported_level, row.reported_at, row.next_expected_on)
            assert said_so == account.reported()
            assert (row.verified_level, row.verified_at, row.completed_on) == account.found()
    assert list(differences(process)) == []
