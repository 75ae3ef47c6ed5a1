"""How a body works, as data: what the software acts on is a field, its source beside it."""

from fractions import Fraction

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.processes.models import Party

from .body import Body
from .seat import Seat


class Share(models.TextChoices):
    """How much of a whole is needed."""

    HALF = "half", _("half")
    MORE_THAN_HALF = "more_than_half", _("more than half")
    THREE_FIFTHS = "three_fifths", _("three fifths")
    TWO_THIRDS = "two_thirds", _("two thirds")
    THREE_QUARTERS = "three_quarters", _("three quarters")
    FOUR_FIFTHS = "four_fifths", _("four fifths")
    ALL = "all", _("all")

    def of(self, whole: int) -> int:
        """The smallest whole number that is enough of `whole`."""
        if self is Share.MORE_THAN_HALF:
            return whole // 2 + 1
        return -(-whole * _FRACTIONS[self].numerator // _FRACTIONS[self].denominator)


_FRACTIONS = {
    Share.HALF: Fraction(1, 2),
    Share.THREE_FIFTHS: Fraction(3, 5),
    Share.TWO_THIRDS: Fraction(2, 3),
    Share.THREE_QUARTERS: Fraction(3, 4),
    Share.FOUR_FIFTHS: Fraction(4, 5),
    Share.ALL: Fraction(1),
}


class Protocol(models.Model):
    """How a body meets, decides and reports. The dates of its meetings are a review series."""

    class DecisionRule(models.TextChoices):
        CONSENSUS = "consensus", _("consensus")
        CONSENSUS_THEN_MAJORITY = "consensus_then_majority", _("consensus, else a majority")
        MAJORITY = "majority", _("a majority")
        CHAIR = "chair", _("the chair decides after hearing members")
        SILENCE = "silence", _("silence procedure")

    class MajorityOf(models.TextChoices):
        """What a majority is counted of."""

        VOTING = "voting", _("those present and voting")
        PRESENT = "present", _("the voting members present")
        MEMBERS = "members", _("all voting members")

    class Period(models.TextChoices):
        WEEK = "week", _("a week")
        FORTNIGHT = "fortnight", _("every two weeks")
        MONTH = "month", _("a month")
        QUARTER = "quarter", _("a quarter")
        HALF_YEAR = "half_year", _("every six months")
        YEAR = "year", _("a year")

    body = models.OneToOneField(Body, models.CASCADE, related_name="protocol")
    meets_times = models.PositiveSmallIntegerField(
        _("meets at least"), null=True, blank=True, help_text=_("How often in each period.")
    )
    meets_per = models.CharField(_("period"), max_length=10, choices=Period, blank=True)
    convened_by = models.CharField(_("convened by"), max_length=160, blank=True)
    agenda_closes_hours = models.PositiveSmallIntegerField(
        _("agenda closes"), default=48, help_text=_("Hours before the meeting.")
    )
    quorum = models.PositiveSmallIntegerField(
        _("quorum"), null=True, blank=True, help_text=_("Voting members who must be present.")
    )
    quorum_share = models.CharField(
        _("quorum as a share"),
        max_length=16,
        choices=Share,
        blank=True,
        help_text=_("Of all voting seats, the vacant ones included."),
    )
    quorum_needs_chair = models.BooleanField(_("chair must be present"), default=False)
    decision_rule = models.CharField(
        _("decides by"),
        max_length=30,
        choices=DecisionRule,
        blank=True,
        help_text=_("Empty where nothing says so."),
    )
    majority = models.CharField(
        _("majority"), max_length=16, choices=Share, default=Share.MORE_THAN_HALF
    )
    majority_of = models.CharField(
        _("majority of"), max_length=10, choices=MajorityOf, default=MajorityOf.VOTING
    )
    silence_hours = models.PositiveSmallIntegerField(
        _("silence lasts"),
        null=True,
        blank=True,
        help_text=_("Hours after which silence is consent."),
    )
    reports_per = models.CharField(_("reports once"), max_length=10, choices=Period, blank=True)
    reporting_duty = models.TextField(_("reporting duty"), blank=True)

    objects = ScopedQuerySet.as_manager()
    scope_path = "body__process"

    class Meta:
        verbose_name = _("protocol")
        verbose_name_plural = _("protocols")
        constraints = [
            models.CheckConstraint(
                condition=Q(meets_times=None, meets_per="")
                | (Q(meets_times__isnull=False, meets_times__gte=1) & ~Q(meets_per="")),
                name="meeting_rhythm_is_whole",
                violation_error_message=_("Say how often it meets and in which period."),
            ),
            models.CheckConstraint(
                condition=Q(quorum=None) | Q(quorum_share=""),
                name="quorum_is_a_number_or_a_share",
                violation_error_message=_("A quorum is a number or a share, not both."),
            ),
            models.CheckConstraint(
                condition=~Q(decision_rule="silence")
                | Q(silence_hours__isnull=False, silence_hours__gte=1),
                name="silence_has_a_clock",
                violation_error_message=_("A silence procedure says after how many hours."),
            ),
            models.CheckConstraint(
                condition=~Q(majority="half"),
                name="half_is_no_majority",
                violation_error_message=_("Half is not a majority."),
            ),
        ]

    def __str__(self) -> str:
        return f"Protocol of {self.body.code}"


class ProtocolSource(models.Model):
    """Where the agreement or the rules of procedure say something of a protocol, and in which
    words."""

    class Topic(models.TextChoices):
        WHOLE = "whole", _("the protocol as a whole")
        MEETINGS = "meetings", _("meetings")
        AGENDA = "agenda", _("agenda")
        QUORUM = "quorum", _("quorum")
        DECISIONS = "decisions", _("decisions")
        DISPUTES = "disputes", _("disputes")
        REPORTING = "reporting", _("reporting")

    protocol = models.ForeignKey(Protocol, models.CASCADE, related_name="sources")
    topic = models.CharField(_("topic"), max_length=10, choices=Topic, default=Topic.WHOLE)
    article = models.CharField(_("article"), max_length=160, blank=True)
    wording = models.TextField(_("wording"), blank=True, help_text=_("As the agreement has it."))

    objects = ScopedQuerySet.as_manager()
    scope_path = "protocol__body__process"

    class Meta:
        verbose_name = _("source of a protocol")
        verbose_name_plural = _("sources of a protocol")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["protocol", "topic"], name="protocol_topic_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_topic_display()}: {self.article}"


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
    who = models.CharField(
        _("who is asked"), max_length=200, help_text=_("And to do what, in a few words.")
    )
    seat = models.ForeignKey(
        Seat,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dispute_steps",
        verbose_name=_("that seat"),
    )
    to_body = models.ForeignKey(
        Body,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dispute_steps_here",
        verbose_name=_("that body"),
    )
    to_party = models.ForeignKey(
        Party,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dispute_steps_here",
        verbose_name=_("that party"),
    )
    within_hours = models.PositiveIntegerField(_("within hours"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()
    scope_path = "protocol__body__process"

    class Meta:
        verbose_name = _("dispute step")
        verbose_name_plural = _("dispute steps")
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["protocol", "order"], name="dispute_step_order_once"),
            models.CheckConstraint(
                condition=Q(seat=None, to_body=None)
                | Q(seat=None, to_party=None)
                | Q(to_body=None, to_party=None),
                name="dispute_step_names_one",
                violation_error_message=_("A step names a seat, a body or a party, not several."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}. {self.who}"
