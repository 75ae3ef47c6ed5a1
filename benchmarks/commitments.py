"""How long it takes to move, report, find and read in a large process (`make bench`).

5,000 commitments with 15,000 obligations: 1,000 count from one anchor, 50 from the completion of
one of them, 3,950 in chains of ten, and 500 recur every month since a year ago. Prints the median
and the worst of several runs, and the number of queries, on a SQLite database made for it, or on
the one that DATABASE_URL names.
"""

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.core.management import call_command
from django.db import connection, reset_queries
from django.test import Client
from django.utils import timezone

from accounts.models import User
from benchmarks import FOLDER
from benchmarks.scale import measure as measure_with
from coordination.agreements.models import Agreement, Provision
from coordination.bodies.models import Body
from coordination.commitments.actions import (
    move_anchor,
    recompute_deadlines,
    record_verification,
    submit_check_in,
)
from coordination.commitments.actions.triggers import expect_more
from coordination.commitments.models import Commitment, Deadline, DeadlineTerm, Obligation
from coordination.commitments.verification import differences
from coordination.processes.actions import create_process
from coordination.processes.models import AnchorEvent, Membership, Party, Process

COMMITMENTS, OWNERS = 5_000, 3
FROM_ANCHOR, FROM_FIRST, RECURRING, CHAIN = 1_000, 50, 500, 10
ENTRIES, PROVISIONS = 500, 1_000
Kind = Commitment.Kind
TODAY = timezone.now().date()


def fill() -> Process:
    """A process whose dates are worked out; nothing has been reported yet."""
    person = User.objects.create_user("commitments@bench.example", "x", name="Coordinator")
    process = create_process(
        actor=person, origin="system", slug="many", name="Many", short_name="Many"
    )
    parties = Party.objects.bulk_create(
        Party(process=process, code=f"P{n}", name=f"Party {n}", kind="state", part="ally")
        for n in range(OWNERS)
    )
    body = Body.objects.create(process=process, code="JMC", name="JMC", track="military")
    anchor = AnchorEvent.objects.create(process=process, key="transfer", name="Transfer")
    agreement = Agreement.objects.create(process=process, key="accords", name="Accords")
    Provision.objects.bulk_create(
        Provision(agreement=agreement, order=n, label=f"({n})", citation=f"Art. {n}",
                  text=f"The parties undertake what is said under {n}.")
        for n in range(PROVISIONS)
    )  # fmt: skip
    provisions = list(Provision.objects.order_by("pk"))
    commitments = Commitment.objects.bulk_create(
        Commitment(
            process=process, number=n + 1, reference=f"Art. {n}", title=f"Keep undertaking {n}",
            track="military", lead_body=body, verifying_body=body,
            provision=provisions[n % PROVISIONS], **_kind(n),
        )
        for n in range(COMMITMENTS)
    )  # fmt: skip
    deadlines = Deadline.objects.bulk_create(
        Deadline(commitment=one, process=one.process) for one in commitments
    )
    DeadlineTerm.objects.bulk_create(
        DeadlineTerm(deadline=deadline, **_term(n, anchor, commitments))
        for n, deadline in enumerate(deadlines)
    )
    Obligation.objects.bulk_create(
        Obligation(commitment=one, party=party, focal_point=person)
        for one in commitments
        for party in parties
    )
    move_anchor(actor=person, anchor=anchor, status="planned", on=TODAY, origin="system")
    recompute_deadlines(actor=person, process=process, origin="system")
    return process


def _kind(n: int) -> dict[str, Any]:
    if n < COMMITMENTS - RECURRING:
        return {}
    return {"kind": Kind.RECURRING, "every_amount": 1, "every_unit": "months"}


def _term(n: int, anchor: AnchorEvent, commitments: list[Commitment]) -> dict[str, Any]:
    if n >= COMMITMENTS - RECURRING:
        return {"purpose": "start", "on": TODAY - timedelta(days=365)}
    if n < FROM_ANCHOR:
        return {"anchor": anchor, "amount": n % 90}
    if n < FROM_ANCHOR + FROM_FIRST:
        return {"after_commitment": commitments[0], "amount": 30}
    if n % CHAIN == 0:
        return {"on": TODAY + timedelta(days=n % 300)}
    return {"after_commitment": commitments[n - 1], "amount": 1, "unit": "weeks"}


def measure(name: str, work: Callable[[], object]) -> None:
    """Queries are counted from none each time: Django keeps no more than the last 9,000."""
    measure_with(name, work, reset_queries)


def main() -> None:
    call_command("migrate", verbosity=0)
    process = fill()
    person, anchor = User.objects.get(), AnchorEvent.objects.get()
    body = Body.objects.get()
    # Who reports does not verify.
    verifier = User.objects.create_user("verifier@bench.example", "x", name="Verifier")
    Membership.objects.create(process=process, user=verifier, role=Membership.Role.COORDINATOR)
    client = Client()
    client.force_login(person)
    days = itertools.count(1)

    def move() -> None:
        on = TODAY + timedelta(days=next(days))
        moves = move_anchor(actor=person, anchor=anchor, status="planned", on=on, origin="web")
        assert len(moves) > FROM_ANCHOR

    # Each has more than one owner: others count from the day on which the last completed it.
    owed = list(Obligation.objects.filter(commitment__number=1).order_by("pk"))
    for obligation in owed[1:]:
        found(verifier, body, obligation, TODAY)
    first = owed[0]

    def find() -> None:
        found(verifier, body, first, TODAY - timedelta(days=next(days)))

    talked = Obligation.objects.filter(commitment__number=2).order_by("pk").first()
    assert talked is not None

    def report() -> None:
        submit_check_in(obligation=talked, author=person, level=1, origin="web")

    recurs = Obligation.objects.filter(commitment__number=COMMITMENTS).order_by("pk").first()
    assert recurs is not None

    def report_period() -> None:
        submit_check_in(obligation=recurs, author=person, level=3, origin="web")

    for _ in range(ENTRIES):
        report()
    print(f"{connection.vendor}, {COMMITMENTS} commitments, {COMMITMENTS * OWNERS} obligations")
    measure(f"moving what {FROM_ANCHOR} count from", move)
    measure("one check-in", report)
    measure("one check-in for a period", report_period)
    measure(f"a finding that {FROM_FIRST} count from", find)
    measure("tick with no period over", expect_more)
    measure("everything worked out anew", lambda: recompute_deadlines(
        actor=person, process=process, origin="system"))  # fmt: skip
    measure("verify_levels", lambda: list(differences(process)))
    for name, path in {
        "register": "/p/many/commitments/",
        "register, overdue": "/p/many/commitments/?view=overdue",
        "register, by number, the last first": "/p/many/commitments/?sort=-number",
        f"a commitment with {ENTRIES} entries": "/p/many/commitments/2/",
        "the record of it": "/p/many/commitments/2/record/",
        "a commitment that recurs": f"/p/many/commitments/{COMMITMENTS}/",
        f"a commitment that {FROM_FIRST} count from": "/p/many/commitments/1/",
        f"an agreement with {PROVISIONS} provisions": "/p/many/agreements/accords/",
        "what waits on what": "/p/many/commitments/waiting/",
        "overview": "/p/many/",
    }.items():
        assert client.get(path).status_code == 200, path
        measure(name, partial(client.get, path))


def found(person: User, body: Body, obligation: Obligation, on: date) -> None:
    """What the verifying body finds: all of it was done on a day."""
    record_verification(
        actor=person, obligation=obligation, body=body, level=3, found="All of it.",
        occurred_on=on, origin="web",
    )  # fmt: skip


if __name__ == "__main__":
    main()
    FOLDER.cleanup()
