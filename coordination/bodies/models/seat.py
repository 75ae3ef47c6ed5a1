"""Roles, the seats of a body, and who holds them when."""

from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.lasting import Lasting, LastingQuerySet
from coordination.base.querysets import ScopedQuerySet
from coordination.processes.models import Party

from .body import Body


class SeatQuerySet(LastingQuerySet):
    def with_holders(self, on: date) -> Self:
        """Each seat with `current_terms`: the terms that run on that day."""
        return self.select_related("party").prefetch_related(
            Prefetch(
                "terms",
                queryset=Term.objects.running(on).select_related("holder", "alternate"),
                to_attr="current_terms",
            ),
            Prefetch(
                "terms",
                queryset=Term.objects.filter(ends_on__lt=on)
                .select_related("holder")
                .order_by("-ends_on"),
                to_attr="past_terms",
            ),
        )

    def with_late_terms(self) -> Self:
        """Each seat with what `terms_today` needs, where the seats are of several processes."""
        # A day's margin: which terms run is decided by each process's own calendar.
        yesterday = timezone.now().date() - timedelta(days=1)
        late = Term.objects.filter(Q(ends_on=None) | Q(ends_on__gte=yesterday))
        terms = late.select_related("holder", "alternate")
        return self.prefetch_related(Prefetch("terms", terms, "late_terms"))


class Seat(Lasting):
    """A role in a body, for a party or by function; vacant when no term runs."""

    class Role(models.TextChoices):
        CHAIR = "chair", _("chair")
        CO_CHAIR = "co_chair", _("co-chair")
        LEAD_NEGOTIATOR = "lead_negotiator", _("lead negotiator")
        MEDIATOR = "mediator", _("mediator")
        FACILITATOR = "facilitator", _("facilitator")
        COMMUNICATION_OFFICER = "communication_officer", _("communication officer")
        SECRETARY = "secretary", _("secretary")
        LIAISON_OFFICER = "liaison_officer", _("liaison officer")
        MONITOR = "monitor", _("monitor")
        GUARANTOR = "guarantor", _("guarantor’s representative")
        MEMBER = "member", _("member")
        ADVISER = "adviser", _("adviser")

    #: Those who run a body and keep what is recorded of it.
    RUNNING = (Role.CHAIR, Role.CO_CHAIR, Role.SECRETARY)

    class Vote(models.TextChoices):
        VOTING = "voting", _("votes")
        CASTING = "casting", _("casting vote")
        ADVISING = "advising", _("advises")

    body = models.ForeignKey(Body, models.PROTECT, related_name="seats")
    number = models.PositiveSmallIntegerField(_("seat"))
    role = models.CharField(_("role"), max_length=24, choices=Role, default=Role.MEMBER)
    title = models.CharField(
        _("title"), max_length=120, blank=True, help_text=_("As the mandate calls it.")
    )
    authority = models.TextField(
        _("authority and scope"),
        blank=True,
        help_text=_("Where it differs from what the role may do in this body."),
    )
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name=_("for")
    )
    group = models.CharField(
        _("group"),
        max_length=60,
        blank=True,
        help_text=_("Part of the composition or of the quorum in which it counts."),
    )
    vote = models.CharField(
        _("vote"),
        max_length=10,
        choices=Vote,
        default=Vote.VOTING,
        help_text=_("A casting vote counts only where the others are even."),
    )

    #: After `with_holders`, and after `with_late_terms`.
    current_terms: "list[Term]"
    late_terms: "list[Term]"

    objects = SeatQuerySet.as_manager()
    scope_path = "body__process"

    class Meta(Lasting.Meta):
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["body", "number"]
        constraints = [
            *Lasting.Meta.constraints,
            models.UniqueConstraint(fields=["body", "number"], name="seat_number_once_in_body"),
        ]

    def __str__(self) -> str:
        return f"{self.body.code} {self.number}: {self.name}"

    @property
    def name(self) -> str:
        return self.title or str(self.get_role_display()).capitalize()

    @property
    def terms_today(self) -> "list[Term]":
        """Those that run today in the process's time zone, after `with_late_terms`."""
        today = self.body.process.today()
        return [term for term in self.late_terms if term.runs_on(today)]


class RoleTerms(models.Model):
    """What a role means in one body: its authority and scope, in words."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="role_terms")
    role = models.CharField(_("role"), max_length=24, choices=Seat.Role)
    authority = models.TextField(_("authority"), help_text=_("What it may decide and do."))
    scope = models.TextField(
        _("scope"), blank=True, help_text=_("In what, and within what limits.")
    )
    source = models.CharField(_("article"), max_length=160, blank=True)

    objects = ScopedQuerySet.as_manager()
    scope_path = "body__process"

    class Meta:
        verbose_name = _("role in a body")
        verbose_name_plural = _("roles in a body")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["body", "role"], name="role_once_in_body"),
        ]

    def __str__(self) -> str:
        return f"{self.body.code}, {self.get_role_display()}"


class TermQuerySet(ScopedQuerySet):
    def running(self, on: date) -> Self:
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)

    def of(self, user: Any, on: date) -> Self:
        """The terms that a person serves on a day, as holder or as alternate."""
        return self.running(on).filter(Q(holder=user) | Q(alternate=user))


class TermsThatHold(models.Manager.from_queryset(TermQuerySet)):  # type: ignore[misc]
    """Without the terms that were entered by mistake."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(withdrawn_at=None)


class Term(models.Model):
    """A person's time in a seat; terms end and are never overwritten.

    One that was entered by mistake is withdrawn: it never held, `objects` leaves it out, and
    `every` has it still.
    """

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="terms")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="terms", verbose_name=_("holder")
    )
    alternate = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="alternate_terms",
        verbose_name=_("alternate"),
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day."))
    tenure = models.CharField(
        _("tenure"), max_length=120, blank=True, help_text=_("As in “while in command”.")
    )
    handover = models.TextField(
        _("handover note"), blank=True, help_text=_("What the next holder has to know.")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)

    objects = TermsThatHold()
    every = TermQuerySet.as_manager()
    scope_path = "seat__body__process"

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["-starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["seat"],
                condition=Q(ends_on=None, withdrawn_at=None),
                name="one_open_term_a_seat",
                violation_error_message=_("The seat is held already: end that term first."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="term_ends_after_it_starts",
                violation_error_message=_("A term ends after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder}, {self.seat.name}"

    def runs_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class SuccessionRequest(models.Model):
    """One time that a party was asked to name who takes a seat."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="succession_requests")
    party = models.ForeignKey(Party, models.PROTECT, related_name="succession_requests")
    words = models.TextField(_("message"), blank=True, max_length=1000)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="succession_requests",
        verbose_name=_("asked by"),
    )
    asked = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="succession_requests_received",
        verbose_name=_("people asked"),
    )

    objects = ScopedQuerySet.as_manager()
    scope_path = "seat__body__process"

    class Meta:
        verbose_name = _("succession request")
        verbose_name_plural = _("succession requests")
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.seat}, {self.asked_at:%Y-%m-%d}"


class Nomination(models.Model):
    """Whom a party proposes for a seat, and what came of it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        SEATED = "seated", _("seated")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="nominations")
    name = models.CharField(_("name"), max_length=160)
    function = models.CharField(_("function"), max_length=160, blank=True)
    email = models.EmailField(_("e-mail"))
    alternate_email = models.EmailField(_("alternate’s e-mail"), blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day."))
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.PROPOSED, editable=False
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="nominations",
        verbose_name=_("proposed by"),
    )
    proposed_at = models.DateTimeField(_("proposed"), default=timezone.now, editable=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="nominations_settled",
    )
    settled_at = models.DateTimeField(null=True, editable=False)

    objects = ScopedQuerySet.as_manager()
    scope_path = "seat__body__process"

    class Meta:
        verbose_name = _("nomination")
        verbose_name_plural = _("nominations")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["seat"],
                condition=Q(state="proposed"),
                name="one_open_nomination_a_seat",
                violation_error_message=_("Somebody is proposed for this seat already."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="nomination_ends_after_it_starts",
                violation_error_message=_("A term ends after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.seat}"
