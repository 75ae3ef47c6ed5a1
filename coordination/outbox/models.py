"""Every e-mail is a row before it is a mail; what happened to it stays with the row."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet


class Message(models.Model):
    """One mail to one person, with a key that exists once: it cannot be queued twice.

    The text holds placeholders where capability links stand; the links are put in when it is sent,
    so that whoever reads the table cannot answer for somebody else.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        CLAIMED = "claimed", _("being sent")
        TRANSMITTING = "transmitting", _("being handed over")
        SENT = "sent", _("delivered")
        HELD = "held", _("held back")
        KEPT = "kept", _("kept here")
        FAILED = "failed", _("refused")
        UNCERTAIN = "uncertain", _("uncertain")
        SUPERSEDED = "superseded", _("superseded")
        CANCELLED = "cancelled", _("cancelled")

    key = models.CharField(max_length=64, unique=True)
    process = models.ForeignKey(
        "Process",
        models.PROTECT,
        null=True,
        related_name="messages",
        help_text=_("Empty for a mail about an account, which nobody else reads."),
    )
    kind = models.CharField(_("kind"), max_length=40)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="messages",
        help_text=_("Empty where the address belongs to nobody with an account."),
        verbose_name=_("recipient"),
    )
    to_address = models.EmailField(_("address"))
    reason = models.CharField(_("why"), max_length=300)
    about_type = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True)
    about_label = models.CharField(_("about"), max_length=200, blank=True)
    subject = models.CharField(_("subject"), max_length=240)
    body_text = models.TextField(_("plain text"))
    body_html = models.TextField(_("HTML"))
    calendar = models.TextField(
        blank=True, help_text=_("An invitation as calendars read it (RFC 5545), where it is one.")
    )
    attachment = models.CharField(
        max_length=200, blank=True, help_text=_("The name in storage of a file that goes with it.")
    )
    attachment_name = models.CharField(max_length=160, blank=True)
    unsubscribe_url = models.CharField(max_length=300, blank=True)
    again_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="sent_again",
        verbose_name=_("sent again for"),
        help_text=_("The message that somebody had sent once more."),
    )
    message_id = models.CharField(max_length=200)

    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    next_at = models.DateTimeField(_("next try"), default=timezone.now)
    ambiguous = models.BooleanField(
        _("may have arrived twice"),
        default=False,
        help_text=_("It was sent again after no answer came to the first sending."),
    )
    error = models.CharField(_("answer"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = ScopedQuerySet.as_manager()
    scope_rule = "coordinated_by"

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-pk"]
        indexes = [
            # What the worker looks for: few rows, however long the history. Of all states, since
            # SQLite never takes an index of some of them for a query that names one or others.
            models.Index(fields=["state", "next_at"], name="message_state_next"),
            models.Index(fields=["process", "-id"], name="message_of_process"),
        ]

    def __str__(self) -> str:
        return self.subject


class MessageEvent(models.Model):
    """One step in a message's life; steps are added and never changed."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=12, choices=Message.State)
    note = models.CharField(max_length=500, blank=True)

    objects = ScopedQuerySet.as_manager()
    scope_path = "message__process"
    scope_rule = "coordinated_by"

    class Meta:
        verbose_name = _("step of a message")
        verbose_name_plural = _("steps of a message")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.state}"


class AddressProblem(models.Model):
    """An address that no mail reaches, or whose holder complained; none is sent there meanwhile."""

    class Kind(models.TextChoices):
        BOUNCED = "bounced", _("does not exist or takes no mail")
        COMPLAINED = "complained", _("its holder marked a mail as spam")

    address = models.EmailField(_("address"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="address_problems")
    found_at = models.DateTimeField(_("found"), default=timezone.now)
    cleared_at = models.DateTimeField(_("cleared"), null=True)

    class Meta:
        verbose_name = _("problem with an address")
        verbose_name_plural = _("problems with addresses")
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["address"], condition=Q(cleared_at=None), name="one_open_problem_an_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.get_kind_display()}"


class ClockReading(models.Model):
    """What the clock said last, beside how long the machine had been running: one row.

    The second runs on evenly whatever is done to the first, so that a clock that was moved shows.
    """

    at = models.DateTimeField()
    machine = models.CharField(max_length=64, help_text=_("Changes whenever it starts."))
    seconds_up = models.FloatField()
    held_since = models.DateTimeField(
        _("sending held since"), null=True, help_text=_("Until the clock is right or confirmed.")
    )
    ahead_seconds = models.FloatField(
        default=0, help_text=_("How far ahead of what was expected it was found.")
    )

    class Meta:
        verbose_name = _("reading of the clock")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"


class Heartbeat(models.Model):
    """When a sweep last ran, so that anybody can see that it does."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("heartbeat")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"
