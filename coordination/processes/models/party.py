"""The parties of a process, and which of them belong together."""

from datetime import date

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.base.lasting import Lasting, LastingQuerySet
from coordination.base.querysets import ScopedQuerySet

from .process import Process


class Party(models.Model):
    """A state, organisation or group as it takes part in one process.

    A party belongs to its process: what one process records about the United Nations is not shown
    in another.
    """

    class Kind(models.TextChoices):
        STATE = "state", _("state")
        ENTITY = "entity", _("entity or government")
        INTERNATIONAL = "international", _("international organisation")
        REGIONAL = "regional", _("regional organisation")
        ARMED_GROUP = "armed_group", _("armed non-state actor")
        POLITICAL_PARTY = "political_party", _("political party")
        NGO = "ngo", _("non-governmental organisation")
        OFFICE = "office", _("office or institution")
        OTHER = "other", _("other")

    class Part(models.TextChoices):
        CONFLICT_PARTY = "conflict_party", _("conflict party")
        ALLY = "ally", _("ally or guarantor")
        MEDIATOR = "mediator", _("mediator or facilitator")
        OBSERVER = "observer", _("observer")
        DONOR = "donor", _("donor")
        NON_SIGNATORY = "non_signatory", _("non-signatory")

    process = models.ForeignKey(Process, models.PROTECT, related_name="parties")
    code = models.CharField(
        _("code"),
        max_length=16,
        validators=[RegexValidator(r"^[A-Z0-9][A-Z0-9/+.-]*$", _("Use capitals and digits."))],
        help_text=_("ISO 3166 where there is one; stands for the party everywhere."),
    )
    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    part = models.CharField(_("part in the process"), max_length=20, choices=Part)
    signatory = models.BooleanField(_("signatory"), default=False)
    joined_on = models.DateField(_("joined"), null=True, blank=True)
    left_on = models.DateField(_("left"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["process", "code"], name="party_code_once_in_process"),
            models.CheckConstraint(
                condition=Q(left_on=None)
                | Q(joined_on=None)
                | Q(left_on__gte=models.F("joined_on")),
                name="party_leaves_after_it_joined",
                violation_error_message=_("A party leaves after it joined."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def takes_part_on(self, day: date) -> bool:
        """Whether it was in the process on a day; its last day counts."""
        return (self.joined_on is None or self.joined_on <= day) and (
            self.left_on is None or day <= self.left_on
        )


class Affiliation(Lasting):
    """A party that is part of another (an entity of a state, a member of an organisation), or that
    acts for it.

    Who belongs to a party in this way does not judge what that party owes.
    """

    class Kind(models.TextChoices):
        PART_OF = "part_of", _("is part of")
        ACTS_FOR = "acts_for", _("acts for")

    party = models.ForeignKey(Party, models.PROTECT, related_name="affiliations")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PART_OF)
    other = models.ForeignKey(
        Party, models.PROTECT, related_name="affiliated", verbose_name=_("other party")
    )
    source = models.CharField(_("source"), max_length=160, blank=True)

    objects = LastingQuerySet.as_manager()
    scope_path = "party__process"

    class Meta(Lasting.Meta):
        verbose_name = _("affiliation")
        verbose_name_plural = _("affiliations")
        ordering = ["pk"]
        constraints = [
            *Lasting.Meta.constraints,
            models.UniqueConstraint(
                fields=["party", "kind", "other"],
                condition=Q(ended_on=None),
                name="affiliated_once",
                violation_error_message=_("This is recorded already."),
            ),
            models.CheckConstraint(
                condition=~Q(party=models.F("other")),
                name="party_is_not_affiliated_with_itself",
                violation_error_message=_("A party is not part of itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party.code} {self.get_kind_display()} {self.other.code}"
