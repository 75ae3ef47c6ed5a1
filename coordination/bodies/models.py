"""Bodies, their protocol, and the seats that people hold in them."""

from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.processes.models import Party, Process, Track


class Body(models.Model):
    """A steering board, commission, working group, mission, contact group or secretariat."""

    process = models.ForeignKey(Process, models.PROTECT, related_name="bodies")
    code = models.CharField(
        _("code"),
        max_length=16,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9+.-]*$", _("Use letters and digits."))],
        help_text=_("As in “JMC”; part of its page’s address."),
    )
    name = models.CharField(_("name"), max_length=200)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("reports to"),
    )
    track = models.CharField(_("track"), max_length=20, choices=Track)
    legal_basis = models.CharField(_("legal basis"), max_length=160, blank=True)
    mandate = models.TextField(_("mandate"), blank=True)
    authority = models.TextField(_("authority and scope"), blank=True)
    composition = models.TextField(_("composition"), blank=True)
    established_on = models.DateField(_("established"), null=True, blank=True)
    ended_on = models.DateField(_("wound up"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["process", "code"], name="body_code_once_in_process"),
            models.CheckConstraint(
                condition=~Q(parent=F("pk")),
                name="body_does_not_report_to_itself",
                violation_error_message=_("A body does not report to itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def filled_seats(self) -> int:
        """How many of its seats somebody holds, where they were fetched with their holders."""
        return len([seat for seat in self.seats.all() if seat.current_terms])  # type: ignore[attr-defined]


class Protocol(models.Model):
    """How a body works: quorum, decisions, agenda, reports. Its meetings are a review series."""

    class DecisionRule(models.TextChoices):
        CONSENSUS = "consensus", _("consensus")
        CONSENSUS_THEN_MAJORITY = (
            "consensus_then_majority",
            _("consensus, else a simple majority of those present and voting"),
        )
        MAJORITY = "majority", _("simple majority of those present and voting")
        CHAIR = "chair", _("the chair decides after hearing members")
        SILENCE = "silence", _("silence procedure")

    body = models.OneToOneField(Body, models.CASCADE, related_name="protocol")
    decision_rule = models.CharField(
        _("decides by"), max_length=30, choices=DecisionRule, default=DecisionRule.CONSENSUS
    )
    quorum = models.PositiveSmallIntegerField(
        _("quorum"), null=True, blank=True, help_text=_("Voting members who must be present.")
    )
    agenda_closes_hours = models.PositiveSmallIntegerField(
        _("agenda closes"), default=48, help_text=_("Hours before the meeting.")
    )
    reporting_duty = models.TextField(_("reporting duty"), blank=True)
    source = models.CharField(_("article"), max_length=160, blank=True)
    wording = models.TextField(_("wording"), blank=True, help_text=_("As the agreement has it."))

    objects = ScopedQuerySet.as_manager()
    scope_path = "body__process"

    class Meta:
        verbose_name = _("protocol")
        verbose_name_plural = _("protocols")

    def __str__(self) -> str:
        return f"{self.body.code}: {self.get_decision_rule_display()}"


class QuorumPart(models.Model):
    """A group of seats of which a minimum must be present ("15 national and 14 others")."""

    protocol = models.ForeignKey(Protocol, models.CASCADE, related_name="quorum_parts")
    group = models.CharField(_("group of seats"), max_length=60)
    minimum = models.PositiveSmallIntegerField(_("at least"))

    objects = ScopedQuerySet.as_manager()
    scope_path = "protocol__body__process"

    class Meta:
        verbose_name = _("part of a quorum")
        verbose_name_plural = _("parts of a quorum")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["protocol", "group"], name="quorum_group_once"),
        ]

    def __str__(self) -> str:
        return f"{self.minimum} {self.group}"


class DisputeStep(models.Model):
    """Who is asked when members disagree, and within how long."""

    protocol = models.ForeignKey(Protocol, models.CASCADE, related_name="dispute_steps")
    order = models.PositiveSmallIntegerField(_("step"))
    who = models.CharField(_("who is asked"), max_length=200)
    within_hours = models.PositiveIntegerField(_("within hours"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()
    scope_path = "protocol__body__process"

    class Meta:
        verbose_name = _("dispute step")
        verbose_name_plural = _("dispute steps")
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["protocol", "order"], name="dispute_step_order_once"),
        ]

    def __str__(self) -> str:
        return f"{self.order}. {self.who}"


class SeatQuerySet(ScopedQuerySet):
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


class Seat(models.Model):
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
    authority = models.TextField(_("authority and scope"), blank=True)
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name=_("for")
    )
    group = models.CharField(
        _("group"), max_length=60, blank=True, help_text=_("Counts in this part of the quorum.")
    )
    vote = models.CharField(_("vote"), max_length=10, choices=Vote, default=Vote.VOTING)

    objects = SeatQuerySet.as_manager()
    scope_path = "body__process"

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["body", "number"]
        constraints = [
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
        return [term for term in self.late_terms if term.runs_on(today)]  # type: ignore[attr-defined]


class TermQuerySet(ScopedQuerySet):
    def running(self, on: date) -> Self:
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)

    def of(self, user: Any, on: date) -> Self:
        """The terms that a person serves on a day, as holder or as alternate."""
        return self.running(on).filter(Q(holder=user) | Q(alternate=user))


class Term(models.Model):
    """A person's time in a seat; terms end and are never overwritten."""

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

    objects = TermQuerySet.as_manager()
    scope_path = "seat__body__process"

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["-starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["seat"],
                condition=Q(ends_on=None),
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
