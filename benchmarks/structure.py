"""How long it takes to read who does what in a large process, and to find the gaps (`make bench`).

200 bodies, 2,000 seats, 5,000 responsibilities with 20,000 assignments, and 2,000 commitments, with
gaps and overlaps of every kind among them. Prints the median and the worst of several runs, and
the number of queries, on a SQLite database made for it, or on the one that DATABASE_URL names.
"""

from collections import Counter
from datetime import date

from django.core.management import call_command
from django.db import connection

from accounts.models import User
from benchmarks import FOLDER
from benchmarks.scale import measure
from coordination.bodies import structure
from coordination.bodies.gaps import find
from coordination.bodies.models import (
    Assignment,
    Body,
    Claim,
    DisputeStep,
    Protocol,
    ReportingLine,
    Responsibility,
    Seat,
    Term,
)
from coordination.commitments.models import Commitment, Obligation
from coordination.processes.actions import create_process
from coordination.processes.models import Affiliation, Party, Process

BODIES = 200
SEATS = 2_000
RESPONSIBILITIES = 5_000
COMMITMENTS = 2_000
PARTIES = 20
#: One seat, line, step and responsibility in so many is left open or given twice.
FAULTS = 50
SINCE = date(2020, 1, 1)


def fill() -> Process:
    """A process in which most is well, and something of each kind is not."""
    person = User.objects.create_user("structure@bench.example", "x", name="Coordinator")
    process = create_process(
        actor=person, origin="system", slug="structure", name="Structure", short_name="Structure"
    )
    parties = Party.objects.bulk_create(
        Party(process=process, code=f"P{n}", name=f"Party {n}", kind="state", part="ally")
        for n in range(PARTIES)
    )
    bodies = Body.objects.bulk_create(
        Body(process=process, code=f"B{n}", name=f"Body {n}", track="political")
        for n in range(BODIES)
    )
    Affiliation.objects.bulk_create(
        Affiliation(party=party, other=parties[n // 2], started_on=SINCE)
        for n, party in enumerate(parties)
        if n
    )
    ReportingLine.objects.bulk_create(
        ReportingLine(body=body, to_body=bodies[n // 4], started_on=SINCE, ended_on=end)
        for n, body in enumerate(bodies)
        for end in ((SINCE.replace(year=2021), None) if n % FAULTS else (SINCE.replace(year=2022),))
        if n
    )
    seats = Seat.objects.bulk_create(
        Seat(body=bodies[n % BODIES], number=n // BODIES + 1, party=parties[n % PARTIES])
        for n in range(SEATS)
    )
    people = User.objects.bulk_create(
        User(email=f"person{n}@bench.example", name=f"Person {n}") for n in range(SEATS)
    )
    Term.objects.bulk_create(
        Term(seat=seat, holder=people[n], alternate=people[n - 1], starts_on=SINCE)
        for n, seat in enumerate(seats)
        if n % FAULTS
    )
    _assign(process, bodies, seats)
    _steps(bodies, seats)
    _commit(process, bodies, parties)
    return process


def _assign(process: Process, bodies: list[Body], seats: list[Seat]) -> None:
    rows = Responsibility.objects.bulk_create(
        Responsibility(process=process, name=f"Function {n}", key=f"function {n}")
        for n in range(RESPONSIBILITIES)
    )
    Claim.objects.bulk_create(
        Claim(responsibility=row, body=bodies[(n + shift) % BODIES], started_on=SINCE)
        for n, row in enumerate(rows)
        for shift in range(1 if n % FAULTS else 2)
    )
    letters = {0: "RCI", 1: "ACI", 2: "AARCI"}
    Assignment.objects.bulk_create(
        Assignment(
            responsibility=row,
            letter=letter,
            seat=seats[(n + 7 * place + 1) % SEATS],
            started_on=SINCE,
        )
        for n, row in enumerate(rows)
        for place, letter in enumerate(letters.get(n % FAULTS, "ARCI"))
    )


def _steps(bodies: list[Body], seats: list[Seat]) -> None:
    protocols = Protocol.objects.bulk_create(Protocol(body=body, quorum=5) for body in bodies)
    DisputeStep.objects.bulk_create(
        DisputeStep(protocol=protocol, order=order, who="The chair", seat=seats[n * 2 + order - 1])
        for n, protocol in enumerate(protocols)
        for order in (1, 2)
    )


def _commit(process: Process, bodies: list[Body], parties: list[Party]) -> None:
    commitments = Commitment.objects.bulk_create(
        Commitment(
            process=process, number=n, reference=f"Art. {n}", title=f"Keep undertaking {n}",
            track="political", lead_body=bodies[n % BODIES], verifying_body=bodies[-n % BODIES],
        )
        for n in range(1, COMMITMENTS + 1)
    )  # fmt: skip
    Obligation.objects.bulk_create(
        Obligation(commitment=commitment, party=parties[commitment.number % PARTIES])
        if commitment.number % FAULTS
        else Obligation(commitment=commitment, body=commitment.verifying_body)
        for commitment in commitments
    )


def main() -> None:
    call_command("migrate", verbosity=0)
    process = fill()
    found = find(structure.load(process))
    print(f"{connection.vendor}, {BODIES} bodies, {SEATS} seats, {RESPONSIBILITIES} functions")
    print(", ".join(f"{n} {kind.label}" for kind, n in Counter(gap.kind for gap in found).items()))
    facts = structure.load(process)
    measure("reading the structure", lambda: structure.load(process))
    measure("finding its gaps", lambda: find(facts))
    measure("both", lambda: find(structure.load(process)))


if __name__ == "__main__":
    main()
    FOLDER.cleanup()
