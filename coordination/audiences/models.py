"""Who among the members of a process may read a record.

A record that can be restricted is read by the whole process, by the bodies concerned, or by one
delegation alone; and by the delegations to which it was released besides. `Restricted` is the base
of such a model: the rule stands here once, as SQL for lists and in words for a single record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.bodies.capacities import Capacities, capacities
from coordination.ledger.models import about_readable
from coordination.processes.models import Party, Process


class Audience(models.TextChoices):
    PROCESS = "process", _("everybody in the process")
    BODIES = "bodies", _("the bodies concerned")
    DELEGATION = "delegation", _("the delegation alone")


@dataclass(frozen=True)
class Concerned:
    """Lookup paths from a record to those whom it concerns, when it is for the bodies concerned.

    `never` leads to those who do not read it in any case but through a release: nobody reads a
    finding on what they owe themselves before it is released. `part_of` names what the record is
    part of, if anything: who may not read that reads the record as little.
    """

    bodies: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    never: "Concerned | None" = None
    part_of: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        return (*self.bodies, *self.parties, *self.people)

    def rows_of(self, own: Capacities) -> Q:
        """The rows that lead to a person."""
        rows = _any(self.bodies, own.bodies) | _any(self.parties, own.parties)
        return rows | _any(self.people, [own.user])

    def leads_to(self, own: Capacities, ends: Mapping[str, set[int]]) -> bool:
        """The same of one record, by the keys at the end of its paths."""
        return (
            any(ends[path] & own.bodies for path in self.bodies)
            or any(ends[path] & own.parties for path in self.parties)
            or any(own.user in ends[path] for path in self.people)
        )


class ReleaseQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """A release says who wanted whom to read what: whoever may read that, knows it."""
        rows = super().visible_to(user)
        return rows.filter(about_readable(user)) if user.is_authenticated else rows

    def standing(self) -> Self:
        return self.filter(withdrawn_at=None)

    def of(self, thing: models.Model) -> Self:
        return self.filter(object_type=thing._meta.model_name, object_id=thing.pk)


class Release(models.Model):
    """A restricted record that was opened to one more delegation, by whom and why.

    It can be taken back; what was read meanwhile was read.
    """

    process = models.ForeignKey(Process, models.PROTECT, related_name="releases")
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    party = models.ForeignKey(
        Party, models.PROTECT, related_name="releases", verbose_name=_("released to")
    )
    reason = models.CharField(_("reason"), max_length=300)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="releases", verbose_name=_("by")
    )
    released_at = models.DateTimeField(_("released"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("taken back"), null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["object_type", "object_id", "party"],
                condition=Q(withdrawn_at=None),
                name="released_once_to_a_party",
                violation_error_message=_("It is released to this party already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_id} → {self.party}"


class RestrictedQuerySet(ScopedQuerySet):
    """Rows of a `Restricted` model, as one person may read them now."""

    model: Any

    def visible_to(self, user: Any, own: Capacities | None = None) -> Self:
        """`own` are the person's capacities, where a page has asked for them already."""
        rows = super().visible_to(user)
        if not user.is_authenticated:
            return rows
        return rows.filter(self.opened_by(own or capacities(user)))

    def opened_by(self, own: Capacities) -> Q:
        """What opens a row to a member of its process."""
        model = self.model
        concerned: Concerned = model.concerned
        process = f"{model.scope_path}__in"
        opens = Q(**{process: own.coordinated}) | concerned.rows_of(own)
        if concerned.never:
            opens &= ~concerned.never.rows_of(own)
        shown = model.is_for(Audience.PROCESS) | model.is_for(Audience.BODIES) & opens
        if model.delegation is not None:
            shown |= model.is_for(Audience.DELEGATION) & Q(delegation__in=own.delegations)
        if not own.delegations:  # nothing is released to anybody else
            return shown
        released = Release.objects.standing().filter(
            object_type=model._meta.model_name, party__in=own.delegations
        )
        return shown | Q(pk__in=released.values("object_id"))


def _any(paths: Iterable[str], keys: Iterable[int]) -> Q:
    """One of the paths leads to one of the keys; false of no path, and of no key."""
    found, ends = Q(pk__in=[]), list(keys)
    for path in paths if ends else ():
        found |= Q(**{f"{path}__in": ends}, **{f"{path}__isnull": False})
    return found


class Restricted(models.Model):
    """A record with an audience.

    A model names the way to its process in `scope_path`, and whom it concerns in `concerned`. Where
    a model has no such columns it says in `is_for` and `audience_now` what stands for them.
    """

    audience = models.CharField(
        _("read by"), max_length=10, choices=Audience, default=Audience.BODIES
    )
    delegation = models.ForeignKey(
        Party,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("delegation"),
        help_text=_("Whose it is, where it is read by the delegation alone."),
    )

    concerned = Concerned()
    #: Entries of the ledger about such a record are read by who may read the record.
    hides_entries = True

    class Meta:
        abstract = True

    @staticmethod
    def reader(user: Any) -> Capacities:
        """What `visible_to` takes of a person: the ledger, which is below, asks here."""
        return capacities(user)

    @classmethod
    def is_for(cls, audience: Audience) -> Q:
        return Q(audience=audience)

    @property
    def audience_now(self) -> str:
        return self.audience

    def led_to(self, path: str) -> set[int]:
        """The keys at the end of one of the paths of `concerned`."""
        return end_of(self, path)


def end_of(thing: Any, path: str) -> set[int]:
    """The key that a lookup path through foreign keys ends at; none where one of them is empty."""
    *steps, last = path.split("__")
    for step in steps:
        if (thing := getattr(thing, step)) is None:
            return set()
    key = getattr(thing, f"{last}_id")
    return set() if key is None else {key}
