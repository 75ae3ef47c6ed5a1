"""When something is due, as the agreement states it, as parties read it, and as it was extended."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import Unit, in_words, singular
from coordination.base.querysets import ScopedQuerySet
from coordination.base.withdrawal import StandingRows, Withdrawable
from coordination.processes.models import AnchorEvent, Party, Process

from .commitment import Commitment


class Rule(models.TextChoices):
    """Which of several terms decides."""

    EARLIER = "earlier", _("the earlier of its terms")
    LATER = "later", _("the later of its terms")


class Deadline(models.Model):
    """A commitment's due moment: one term, or the earlier or later of several.

    What is not editable repeats what the terms, the reading in force and the extensions come to
    today; only `coordination.commitments.actions` writes it. `original_*` is what the agreement
    says, `due_*` what is in force. Of a commitment that is expected several times, `due_*` is the
    earliest that any of its owners still owes.
    """

    Rule = Rule

    class Precision(models.TextChoices):
        MOMENT = "moment", _("moment")
        DAY = "day", _("day")
        MONTH = "month", _("month")
        SEASON = "season", _("season")
        YEAR = "year", _("year")

    commitment = models.OneToOneField(Commitment, models.CASCADE, related_name="deadline")
    process = models.ForeignKey(
        Process,
        models.PROTECT,
        related_name="+",
        editable=False,
        help_text=_("That of the commitment: a register is read by due day, from here."),
    )
    rule = models.CharField(
        _("where there are several"), max_length=8, choices=Rule, default=Rule.EARLIER
    )
    precision = models.CharField(
        _("precision"), max_length=8, choices=Precision, default=Precision.DAY
    )
    wording = models.CharField(
        _("wording"), max_length=240, blank=True, help_text=_("As the agreement has it.")
    )
    extendable = models.BooleanField(
        _("can be extended"),
        default=True,
        help_text=_("Not where the agreement rules an extension out."),
    )
    original_on = models.DateField(_("originally due"), null=True, editable=False)
    original_at = models.DateTimeField(null=True, editable=False)
    due_on = models.DateField(_("due"), null=True, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)
    latest_on = models.DateField(_("latest permitted"), null=True, editable=False)
    starts_on = models.DateField(_("starts"), null=True, editable=False)
    starts_at = models.DateTimeField(null=True, editable=False)
    ends_on = models.DateField(_("ends"), null=True, editable=False)
    is_projected = models.BooleanField(
        _("projected"),
        default=False,
        editable=False,
        help_text=_("Counted from something that is planned and has not happened."),
    )

    objects = ScopedQuerySet.as_manager()
    scope_path = "commitment__process"

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        # A page of a register costs the same wherever in it one reads.
        indexes = [models.Index(fields=["process", "due_at", "commitment"], name="register_by_day")]

    def __str__(self) -> str:
        return self.wording or (str(self.due_on) if self.due_on else "no date yet")


class Reading(Withdrawable):
    """How one party reads a deadline that several read differently; at most one is in force.

    Its date follows from terms of its own. While none is in force, the deadline's own terms are.
    """

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="readings")
    party = models.ForeignKey(
        Party, models.PROTECT, related_name="readings", verbose_name=_("party")
    )
    rule = models.CharField(
        _("where there are several"), max_length=8, choices=Rule, default=Rule.EARLIER
    )
    argument = models.TextField(_("argument"), blank=True, help_text=_("Why it reads it so."))
    source = models.CharField(_("source"), max_length=160, blank=True)
    in_force = models.BooleanField(_("in force"), default=False)
    decided_by = models.CharField(
        _("put in force by"), max_length=160, blank=True, help_text=_("Who decided it, and where.")
    )
    due_on = models.DateField(_("due"), null=True, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)

    objects = StandingRows()
    every = ScopedQuerySet.as_manager()
    scope_path = "deadline__commitment__process"

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["deadline", "party"],
                condition=Q(withdrawn_at=None),
                name="one_reading_a_party",
                violation_error_message=_("The party has a reading already: change that one."),
            ),
            models.UniqueConstraint(
                fields=["deadline"],
                condition=Q(in_force=True, withdrawn_at=None),
                name="one_reading_in_force",
                violation_error_message=_("Another reading is in force."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deadline.commitment.code}, as {self.party.code} reads it"


class DeadlineTerm(models.Model):
    """One calendar date, or one offset from an anchor event, from another commitment, or from the
    moment at which a trigger opens it."""

    class Purpose(models.TextChoices):
        DUE = "due", _("due")
        NOT_BEFORE = "not_before", _("not before")
        LATEST = "latest", _("latest permitted")
        START = "start", _("starts")
        END = "end", _("ends")

    class Direction(models.TextChoices):
        AFTER = "after", _("after")
        BEFORE = "before", _("before")

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="terms")
    reading = models.ForeignKey(
        Reading,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="terms",
        verbose_name=_("as read by"),
        help_text=_("Empty for what the agreement says."),
    )
    purpose = models.CharField(
        _("says when it is"), max_length=12, choices=Purpose, default=Purpose.DUE
    )
    on = models.DateField(_("calendar date"), null=True, blank=True)
    at = models.DateTimeField(_("moment"), null=True, blank=True)
    anchor = models.ForeignKey(
        AnchorEvent,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="deadline_terms",
        verbose_name=_("counted from anchor event"),
    )
    after_commitment = models.ForeignKey(
        Commitment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dependent_terms",
        verbose_name=_("counted from the completion of"),
    )
    from_opening = models.BooleanField(
        _("counted from the trigger"),
        default=False,
        help_text=_("From each time that what triggers it happens."),
    )
    amount = models.PositiveSmallIntegerField(_("amount"), default=0)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit, default=Unit.DAYS)
    direction = models.CharField(
        _("direction"), max_length=8, choices=Direction, default=Direction.AFTER
    )

    objects = ScopedQuerySet.as_manager()
    scope_path = "deadline__commitment__process"

    class Meta:
        verbose_name = _("term of a deadline")
        verbose_name_plural = _("terms of a deadline")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(on__isnull=False, anchor=None, after_commitment=None, from_opening=False)
                    | Q(on=None, at=None, anchor__isnull=False)
                    & Q(after_commitment=None, from_opening=False)
                    | Q(on=None, at=None, anchor=None)
                    & Q(after_commitment__isnull=False, from_opening=False)
                    | Q(on=None, at=None, anchor=None, after_commitment=None, from_opening=True)
                ),
                name="term_counts_from_one_thing",
                violation_error_message=_(
                    "Give a calendar date, an anchor event, another commitment or the trigger: "
                    "one of them."
                ),
            ),
            models.CheckConstraint(
                condition=Q(reading=None) | Q(purpose="due"),
                name="reading_says_when_it_is_due",
                violation_error_message=_("A reading says when it is due, and nothing else."),
            ),
        ]

    def __str__(self) -> str:
        if self.on:
            return str(self.on)
        what = self.anchor or self.after_commitment or _("the trigger")
        if self.amount == 0:
            return str(what)
        unit = singular(self.unit) if self.amount == 1 else str(self.get_unit_display())
        return f"{self.amount} {unit} {self.get_direction_display()} {what}"


class Extension(Withdrawable):
    """A formal change of the date in force; the original one stays what it was.

    Either a new day (or moment), or a time by which the date before it was prolonged.
    """

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="extensions")
    expected = models.ForeignKey(
        "ExpectedOccurrence",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="extensions",
        verbose_name=_("of the time expected"),
        help_text=_("Where it concerns one of the times at which it is expected."),
    )
    on = models.DateField(_("new date"), null=True, blank=True)
    at = models.DateTimeField(_("new moment"), null=True, blank=True)
    amount = models.PositiveSmallIntegerField(_("prolonged by"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit, default=Unit.DAYS)
    agreed_by = models.CharField(_("agreed by"), max_length=160, help_text=_("Who, and where."))
    agreed_on = models.DateField(_("agreed on"))
    source = models.CharField(
        _("source"), max_length=160, blank=True, help_text=_("Decision, minutes or article.")
    )
    reason = models.TextField(_("reason"), blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="extensions"
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = StandingRows()
    every = ScopedQuerySet.as_manager()
    scope_path = "deadline__commitment__process"

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["agreed_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(on__isnull=False, amount=None)
                | Q(on=None, at=None, amount__isnull=False, amount__gte=1),
                name="extension_is_a_date_or_a_time",
                violation_error_message=_(
                    "Give the new date, or the time by which it is prolonged: one of them."
                ),
            ),
        ]

    def __str__(self) -> str:
        if self.on:
            return f"until {in_words(self.on)}"
        assert self.amount is not None
        unit = singular(self.unit) if self.amount == 1 else str(self.get_unit_display())
        return f"by {self.amount} {unit}"
