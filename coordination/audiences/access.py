"""Who may read a restricted record and why, who may release it, and who may change its audience.

`Readers` says in words what `RestrictedQuerySet.visible_to` says as SQL; a test holds the two
together on random structures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from coordination.bodies.access import rights
from coordination.bodies.capacities import Capacities, capacities, capacities_of
from coordination.ledger.models import hiding_models
from coordination.processes.access import acts_for
from coordination.processes.models import Membership, Party, Process

from .models import Audience, Concerned, Release, Restricted

#: How a path of `Concerned` ends, and what it makes of the person that it leads to. The first that
#: fits is meant.
SITS = {
    "obligation__body": _lazy("sits in the body that owes it"),
    "lead_body": _lazy("sits in the body that leads it"),
    "body": _lazy("sits in the body that verifies it"),
}
ACTS = {
    "obligation__party": _lazy("acts for the party that owes it"),
    "delegation": _lazy("acts for the party that wrote it"),
}
HOLDS_A_SEAT = {
    "obligation__party": _lazy("holds a seat of the party that owes it"),
    "delegation": _lazy("holds a seat of the party that wrote it"),
}
IS = {
    "author": _lazy("wrote it"),
    "added_by": _lazy("added it"),
    "recorded_by": _lazy("entered it"),
    "focal_point": _lazy("reports for who owes it"),
}


def _named(path: str, words: Mapping[str, str | Promise]) -> str:
    return str(next(said for end, said in words.items() if path.endswith(end)))


def process_of(record: Any) -> Process:
    """The process that a record belongs to."""
    for step in record.scope_path.split("__"):
        record = getattr(record, step)
    return record


def rows_of(kind: str) -> Any:
    """All rows of a kind of restricted record, the withdrawn too; None where there is no such."""
    for model in hiding_models():
        if model._meta.model_name == kind and issubclass(model, Restricted):
            return getattr(model, "every", model._default_manager).all()
    return None


@dataclass(frozen=True)
class Readers:
    """Everything that decides who reads a record, fetched once for however many people."""

    process: Process
    audience: str
    delegation: Party | None
    concerned: Concerned
    ends: dict[str, set[int]]
    releases: list[Release]
    part_of: "Readers | None"

    @classmethod
    def of(cls, record: Any) -> "Readers":
        concerned: Concerned = record.concerned
        paths = (*concerned.paths, *(concerned.never.paths if concerned.never else ()))
        releases = Release.objects.standing().of(record).select_related("party", "released_by")
        whole = getattr(record, concerned.part_of) if concerned.part_of else None
        return cls(
            process=process_of(record),
            audience=record.audience_now,
            delegation=record.delegation,
            concerned=concerned,
            ends={path: record.led_to(path) for path in paths},
            releases=list(releases),
            part_of=None if whole is None else cls.of(whole),
        )

    def reasons(self, own: Capacities) -> list[str]:
        """Why a person reads it now, in words; empty for who does not."""
        if self.process.pk not in own.processes:
            return []
        if self.part_of is not None and not self.part_of.reasons(own):
            return []
        return [*dict.fromkeys([*self._of_the_audience(own), *self._of_releases(own)])]

    def _of_the_audience(self, own: Capacities) -> list[str]:
        if self.audience == Audience.PROCESS:
            return [_("everybody in the process reads it")]
        if self.audience == Audience.BODIES:
            return self._of_those_concerned(own)
        if self.delegation is not None and self.delegation.pk in own.delegations:
            return [_("acts for %(party)s, whose own it is") % {"party": self.delegation.code}]
        return []

    def _of_those_concerned(self, own: Capacities) -> list[str]:
        concerned, ends = self.concerned, self.ends
        if concerned.never and concerned.never.leads_to(own, ends):
            return []
        found = [_named(path, SITS) for path in concerned.bodies if ends[path] & own.bodies]
        for path in concerned.parties:
            if ends[path] & own.delegations:
                found.append(_named(path, ACTS))
            elif ends[path] & own.parties:
                found.append(_named(path, HOLDS_A_SEAT))
        found += [_named(path, IS) for path in concerned.people if own.user in ends[path]]
        if self.process.pk in own.coordinated:
            found.append(_("coordinates the process"))
        return found

    def _of_releases(self, own: Capacities) -> list[str]:
        return [
            _("released to %(party)s on %(day)s by %(who)s")
            % {
                "party": one.party.code,
                "day": date_format(self.process.today(one.released_at), "j M Y"),
                "who": one.released_by,
            }
            for one in self.releases
            if one.party_id in own.delegations
        ]


def reasons(record: Any, own: Capacities) -> list[str]:
    """Why a person with these capacities reads a record; empty for who does not."""
    return Readers.of(record).reasons(own)


def may_read(user: Any, record: Any) -> bool:
    return bool(reasons(record, capacities(user)))


def may_release(user: Any, record: Any) -> bool:
    """Who opens a record to one more delegation.

    What is for the bodies concerned is released by a coordinator and by who keeps such a body; what
    is a delegation's own by the head of that delegation. A finding has a release of its own.
    """
    if not _has_an_audience(record) or not may_read(user, record):
        return False
    if record.audience_now == Audience.DELEGATION:
        return heads(record.delegation).filter(user=user).exists()
    own = rights(user, process_of(record))
    bodies = {key for path in record.concerned.bodies for key in record.led_to(path)}
    return own.coordinates or bool(own.bodies & bodies)


def heads(party: Party) -> models.QuerySet[Membership]:
    """Who decides on a delegation's own papers: its head; while it has none, its delegates."""
    members = Membership.objects.current().filter(party=party, user__is_active=True)
    leading = members.filter(heads_delegation=True)
    return leading if leading.exists() else members.filter(role=Membership.Role.DELEGATE)


def may_set_audience(user: Any, record: Any) -> bool:
    """Who may release it; and its author, while they may read it, unless it is their delegation's
    own: that is opened by who releases it."""
    if not _has_an_audience(record):
        return False
    if may_release(user, record):
        return True
    own = record.audience_now == Audience.DELEGATION
    return not own and _author_of(record) == user.pk and may_read(user, record)


def audiences_for(user: Any, record: Any) -> list[Audience]:
    """The audiences that somebody who may change a record's can give it.

    It becomes a delegation's own only at the hands of that delegation, which is its author's:
    nobody takes what another wrote away from the others.
    """
    own = own_of(record)
    if own is not None and own.pk in capacities(user).delegations:
        return list(Audience)
    return [Audience.PROCESS, Audience.BODIES]


def own_of(record: Any) -> Party | None:
    """The delegation whose own a record is, or would be."""
    if record.delegation is not None:
        return record.delegation
    author = User.objects.get(pk=_author_of(record))
    party = acts_for(author, process_of(record))
    return Party.objects.get(pk=party) if party is not None else None


def reads_anyway(record: Any, party: Party) -> bool:
    """Whether everybody who acts for a party reads a record already."""
    members = Membership.objects.current().filter(party=party, user__is_active=True)
    people = capacities_of(members.values_list("user", flat=True))
    readers = Readers.of(record)
    return all(readers.reasons(own) for own in people.values()) and bool(people)


def _has_an_audience(record: Any) -> bool:
    """Whether its audience is a choice: of a finding its release says who reads it."""
    return record.audience is not None


def _author_of(record: Any) -> int:
    return getattr(record, "author_id", None) or record.added_by_id
