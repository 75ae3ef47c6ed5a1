"""A peace process, and who takes part in it."""

from datetime import date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_time_zone
from coordination.base.dates import day_number
from coordination.base.querysets import ScopedQuerySet


class Track(models.TextChoices):
    POLITICAL = "political", _("political")
    DIPLOMATIC = "diplomatic", _("diplomatic")
    MILITARY = "military", _("military")
    SECURITY = "security", _("security")
    HUMANITARIAN = "humanitarian", _("humanitarian")
    JUSTICE = "justice", _("justice")
    ECONOMIC = "economic", _("economic")
    PUBLIC_INFORMATION = "public_information", _("public information")


class ProcessQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The processes of which the person is a member now."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(pk__in=Membership.objects.current().filter(user=user).values("process"))

    def coordinated_by(self, user: Any) -> Self:
        """The processes whose record the person keeps."""
        if not user.is_authenticated:
            return self.none()
        mine = Membership.objects.current().filter(user=user, role=Membership.Role.COORDINATOR)
        return self.filter(pk__in=mine.values("process"))


def ask_coordinators() -> list[str]:
    """Whoever keeps the record of a process signs in with a second step, unless it says else."""
    return ["coordinator"]


def saturday_and_sunday() -> list[int]:
    return [6, 7]


def validate_weekend(days: Any) -> None:
    """Refuse what is no set of weekdays, and a week without a working day."""
    known = isinstance(days, list) and all(type(day) is int and 1 <= day <= 7 for day in days)
    if not known or len(set(days)) != len(days):
        raise ValidationError(_("Name days of the week, each once."))
    if len(days) == 7:
        raise ValidationError(_("At least one day of the week is a working day."))


def today_utc() -> date:
    return timezone.now().date()


class Process(models.Model):
    """One negotiation or peace process; its time zone decides when a due day ends."""

    slug = models.SlugField(
        _("short address"), max_length=40, unique=True, help_text=_("Part of every page's address.")
    )
    name = models.CharField(_("name"), max_length=200, help_text=_("In full."))
    short_name = models.CharField(_("short name"), max_length=60)
    summary = models.TextField(_("summary"), blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    marking = models.CharField(
        _("marking"), max_length=160, blank=True, help_text=_("Stands at the foot of every page.")
    )
    second_factor_roles = models.JSONField(
        _("second step asked of"),
        default=ask_coordinators,
        blank=True,
        help_text=_("Roles whose members sign in with a second step."),
    )
    second_factor_since = models.DateField(
        _("asked since"), default=today_utc, help_text=_("The time to set it up counts from here.")
    )
    second_factor_grace_days = models.PositiveSmallIntegerField(_("days to set it up"), default=14)
    weekend = models.JSONField(
        _("weekend"),
        default=saturday_and_sunday,
        blank=True,
        validators=[validate_weekend],
        help_text=_("Days without reminders, as in ISO 8601: 1 is Monday, 7 is Sunday."),
    )
    rebased_days = models.IntegerField(
        _("rebased by"),
        default=0,
        help_text=_("Days by which the dates of a historical process were shifted together."),
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    #: The reader's membership, where `queries.get_process` fetched the process for a page.
    viewer: "Membership"

    objects = ProcessQuerySet.as_manager()

    class Meta:
        verbose_name = _("process")
        verbose_name_plural = _("processes")
        ordering = ["short_name"]

    def __str__(self) -> str:
        return self.short_name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def today(self, now: datetime | None = None) -> date:
        """The calendar day in the process's time zone."""
        return (now or timezone.now()).astimezone(self.zone).date()

    def day_number(self, day: date | None) -> int | None:
        """n of D+n, or None where the process counts from no day."""
        zero = self.day_zero
        return day_number(day, zero.on) if day and zero and zero.on else None

    def day_name(self, day: date | None) -> str:
        """D+n of a day; nothing where the process counts from no day."""
        number = self.day_number(day)
        if number is None:
            return ""
        return (_now("D+%(n)s") if number >= 0 else _now("D−%(n)s")) % {"n": abs(number)}

    @property
    def day_zero(self) -> Any:
        """The anchor that D+n counts from."""
        return next((anchor for anchor in self.anchors.all() if anchor.is_day_zero), None)


class MembershipQuerySet(ScopedQuerySet):
    def at(self, moment: datetime) -> Self:
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=moment), started_at__lte=moment)

    def current(self) -> Self:
        return self.at(timezone.now())


class Membership(models.Model):
    """A person's place in a process: what opens it to them, and for whom they act."""

    class Role(models.TextChoices):
        COORDINATOR = "coordinator", _("coordinator")
        DELEGATE = "delegate", _("delegate")
        MONITOR = "monitor", _("monitor")
        OBSERVER = "observer", _("observer")

    process = models.ForeignKey(Process, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="memberships",
        verbose_name=_("person"),
    )
    role = models.CharField(_("role"), max_length=12, choices=Role)
    party = models.ForeignKey(
        "Party",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("acts for"),
    )
    heads_delegation = models.BooleanField(
        _("heads the delegation"),
        default=False,
        help_text=_("Gets the ledger's checkpoints, and releases the delegation's papers."),
    )
    started_at = models.DateTimeField(_("from"), default=timezone.now)
    role_since = models.DateTimeField(
        _("in this role since"),
        default=timezone.now,
        editable=False,
        help_text=_("The time to set up a second step counts from here."),
    )
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["process", "user__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["process", "user"],
                condition=Q(ended_at=None),
                name="one_open_membership_a_person_and_process",
                violation_error_message=_("This person is a member already."),
            ),
            models.CheckConstraint(
                condition=~Q(role="delegate") | Q(party__isnull=False),
                name="delegate_acts_for_a_party",
                violation_error_message=_("A delegate acts for a party: choose it."),
            ),
            models.CheckConstraint(
                condition=Q(heads_delegation=False) | Q(party__isnull=False),
                name="head_of_a_delegation_acts_for_it",
                violation_error_message=_("Who heads a delegation acts for its party."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"

    @property
    def is_coordinator(self) -> bool:
        return self.role == self.Role.COORDINATOR


class InvitationQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        """Those that can still be accepted."""
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now())


class Invitation(models.Model):
    """A place in a process offered to the holder of one address; who accepts becomes a member.

    The link in its mail is derived from the nonce when the mail leaves, as a check-in's is. Sending
    it again makes a new link, and the former one stops working.
    """

    process = models.ForeignKey(Process, models.PROTECT, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=12, choices=Membership.Role)
    party = models.ForeignKey(
        "Party",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="invitations",
        verbose_name=_("acts for"),
    )
    heads_delegation = models.BooleanField(_("heads the delegation"), default=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="invitations", verbose_name=_("by")
    )
    invited_at = models.DateTimeField(_("invited"), default=timezone.now)
    sendings = models.PositiveSmallIntegerField(_("sent"), default=1)
    sent_at = models.DateTimeField(_("last sent"), default=timezone.now)
    expires_at = models.DateTimeField(_("good until"))
    nonce = models.CharField(max_length=64, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="accepted_invitations",
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()
    scope_rule = "coordinated_by"

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["process", "email"],
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="one_open_invitation_an_address",
                violation_error_message=_("This address is invited already: send it again."),
            ),
            models.CheckConstraint(
                condition=~Q(role="delegate") | Q(party__isnull=False),
                name="invited_delegate_acts_for_a_party",
                violation_error_message=_("A delegate acts for a party: choose it."),
            ),
        ]

    def __str__(self) -> str:
        """Without the address: a label stands in the ledger, which all members read."""
        return f"invitation {self.pk}, {self.get_role_display()}"

    @property
    def is_open(self) -> bool:
        ended = self.accepted_at or self.withdrawn_at
        return not ended and self.expires_at > timezone.now()
