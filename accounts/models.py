"""The person who signs in, holds seats and receives mail."""

import zoneinfo
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def validate_time_zone(name: str) -> None:
    """Refuse a name that the IANA time zone database does not hold."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone; write it like Europe/Sarajevo."),
            params={"name": name},
        )


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person; without a password nobody can sign in as them yet."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by one e-mail address.

    `is_staff` opens the admin. Neither it nor `is_superuser` opens a process: that takes a
    membership of the process.
    """

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    function = models.CharField(
        _("function"), max_length=160, blank=True, help_text=_("Office or rank, as signed.")
    )
    language = models.CharField(_("language"), max_length=12, default="en-gb")
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("IANA name; times are shown and mails are written in it."),
    )
    quiet_from = models.TimeField(
        _("no mail from"), null=True, blank=True, help_text=_("In this person's time zone.")
    )
    quiet_until = models.TimeField(_("no mail until"), null=True, blank=True)
    plain_mail = models.BooleanField(
        _("mail as plain text"), default=False, help_text=_("Smaller, for a poor line.")
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "email"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="user_email_is_lower_case",
                violation_error_message=_("Write the address in lower case."),
            ),
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_until=None)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_begin_and_end",
                violation_error_message=_("Quiet hours have a beginning and an end."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        self.email = self.email.strip().lower()

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def mail_from(self, moment: datetime) -> datetime:
        """The first moment from this one on at which mail may reach the person."""
        begins, ends = self.quiet_from, self.quiet_until
        if begins is None or ends is None or begins == ends:
            return moment
        local = moment.astimezone(self.zone)
        at = local.time()
        quiet = begins <= at < ends if begins < ends else at >= begins or at < ends
        if not quiet:
            return moment
        day = local.date() + timedelta(days=at >= ends)
        return datetime.combine(day, ends, self.zone)


class ApiTokenQuerySet(models.QuerySet):
    def standing(self) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class ApiToken(models.Model):
    """Lets a program act as a person through the API, within a scope and until a day.

    The token itself is shown once, when it is made; only its hash is kept.
    """

    class Scope(models.TextChoices):
        READ = "read", _("read")
        REPORT = "report", _("read and report")
        KEEP = "keep", _("all that its owner may do")

    user = models.ForeignKey(User, models.PROTECT, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80, help_text=_("What uses it."))
    start = models.CharField(_("begins with"), max_length=12, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(_("may"), max_length=6, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    expires_at = models.DateTimeField(_("good until"))
    last_used_at = models.DateTimeField(
        _("last used"), null=True, editable=False, help_text=_("To the hour.")
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"


class Attempts(models.Model):
    """How often something was tried of late, by whom or against whom; the key tells neither."""

    key = models.CharField(max_length=64, primary_key=True)
    window_ends_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("attempts")
        verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return f"{self.count}"
