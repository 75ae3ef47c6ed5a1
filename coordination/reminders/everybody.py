"""Who holds which place in a process, read once: for what is asked of many days and people."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from accounts.models import User
from coordination.bodies.models import Body, DisputeStep, Seat, Term
from coordination.commitments.access import Rights
from coordination.commitments.models import Obligation
from coordination.outbox.models import AddressProblem
from coordination.processes.models import Membership, Party, Process

from .people import CHAIRS, dispute_steps_of
from .sources.verifications import JUDGING


@dataclass(frozen=True)
class Everybody:
    """The answers of `people` for a whole process and any day from today on."""

    process: Process

    @cached_property
    def members(self) -> dict[int, Membership]:
        """Those whose account is open, by person, in the order of their names."""
        rows = Membership.objects.current().filter(process=self.process, user__is_active=True)
        found = rows.select_related("user").order_by("user__name", "user")
        return {one.user_id: one for one in found}

    @cached_property
    def _terms(self) -> list[Term]:
        rows = Term.objects.filter(seat__body__process=self.process)
        rows = rows.exclude(ends_on__lt=self.process.today())
        return list(rows.select_related("seat"))

    def next_start(self, day: date) -> date | None:
        """The first day after one on which anybody's term begins."""
        return min((one.starts_on for one in self._terms if one.starts_on > day), default=None)

    def is_unreached(self, person: User) -> bool:
        """Whether no mail reaches somebody."""
        return person.email.lower() in self._failing

    @cached_property
    def _failing(self) -> frozenset[str]:
        open_ones = AddressProblem.objects.filter(cleared_at=None)
        return frozenset(open_ones.values_list("address", flat=True))

    @cached_property
    def _steps(self) -> dict[int, list[DisputeStep]]:
        return {}

    def heads_of(self, party: Party) -> list[User]:
        ours = [one for one in self.members.values() if one.party_id == party.pk]
        heads = [one.user for one in ours if one.heads_delegation]
        return heads or [one.user for one in ours if one.role == Membership.Role.DELEGATE]

    def who_runs(self, body: Body, day: date, roles: Iterable[str] = Seat.RUNNING) -> list[User]:
        wanted = set(roles)
        return self._seated(day, lambda seat: seat.body_id == body.pk and seat.role in wanted)

    def chairs_of(self, body: Body, day: date) -> list[User]:
        return self.who_runs(body, day, CHAIRS)

    def holders_of(self, seat: Seat, day: date) -> list[User]:
        return self._seated(day, lambda one: one.pk == seat.pk)

    def dispute_steps_of(self, body: Body) -> list[DisputeStep]:
        if body.pk not in self._steps:
            self._steps[body.pk] = list(dispute_steps_of(body))
        return self._steps[body.pk]

    def judges_of(self, obligation: Obligation, day: date) -> list[User]:
        """Who is asked to verify a report on the obligation; see `sources.verifications`."""
        body = obligation.commitment.verifying_body
        if body is None:
            return []
        judges = self.who_runs(body, day, JUDGING)
        judges = judges or self._seated(day, lambda seat: seat.body_id == body.pk)
        return [one for one in judges if self._rights(one, day).may_verify(obligation)]

    def _seated(self, day: date, is_meant: Callable[[Seat], bool]) -> list[User]:
        holders = {one.holder_id for one in self._terms if one.runs_on(day) and is_meant(one.seat)}
        return [one.user for pk, one in self.members.items() if pk in holders]

    def _rights(self, person: User, day: date) -> Rights:
        member = self.members[person.pk]
        own = [
            one.seat
            for one in self._terms
            if one.runs_on(day) and person.pk in (one.holder_id, one.alternate_id)
        ]
        parties = {member.party_id, *(seat.party_id for seat in own)}
        return Rights(
            user=person,
            coordinates=member.is_coordinator,
            members=frozenset(self.members),
            parties=frozenset(party for party in parties if party is not None),
            bodies=frozenset(seat.body_id for seat in own),
        )
