"""Agreements and the provisions that commitments come from."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from coordination.base.querysets import ScopedQuerySet
from coordination.processes.models import Party, Process


class Agreement(models.Model):
    """The instrument, with its dates, signatories and authentic languages."""

    process = models.ForeignKey(Process, models.PROTECT, related_name="agreements")
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=240)
    signed_on = models.DateField(_("signed"), null=True, blank=True)
    in_force_on = models.DateField(_("in force"), null=True, blank=True)
    languages = models.CharField(_("authentic languages"), max_length=160, blank=True)
    signatories = models.ManyToManyField(
        Party, blank=True, related_name="signed_agreements", verbose_name=_("signatories")
    )
    witnesses = models.ManyToManyField(
        Party, blank=True, related_name="witnessed_agreements", verbose_name=_("witnesses")
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["signed_on", "name"]
        constraints = [
            models.UniqueConstraint(fields=["process", "key"], name="agreement_key_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Provision(models.Model):
    """A numbered article or paragraph, in a tree, cited as lawyers write it."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="provisions")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
    )
    order = models.PositiveIntegerField(_("order"))
    label = models.CharField(_("number"), max_length=40, help_text=_("Its own, as in “(c)”."))
    citation = models.CharField(
        _("citation"), max_length=120, help_text=_("In full, as in “Annex 1A, Art. IX.1(c)”.")
    )
    heading = models.CharField(_("heading"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)

    objects = ScopedQuerySet.as_manager()
    scope_path = "agreement__process"

    class Meta:
        verbose_name = _("provision")
        verbose_name_plural = _("provisions")
        ordering = ["agreement", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "citation"], name="citation_once_in_agreement"
            ),
        ]

    def __str__(self) -> str:
        return self.citation
