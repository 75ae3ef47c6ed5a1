"""Choosing who reads what is entered."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.audiences.models import Audience


class AudienceField(forms.ChoiceField):
    """The bodies concerned, unless somebody chooses otherwise.

    That its delegation alone reads it is offered to who acts for one, or where it is so already.
    """

    def __init__(self, of_a_delegation: bool, kept: str = "", **kwargs: Any) -> None:
        offered = [Audience.BODIES, Audience.PROCESS]
        if of_a_delegation or kept == Audience.DELEGATION:
            offered.insert(1, Audience.DELEGATION)
        super().__init__(
            label=_("Read by"),
            choices=[(one.value, one.label) for one in offered],
            initial=Audience.BODIES.value,
            required=False,
            error_messages={"invalid_choice": _("Choose one of the list.")},
            **kwargs,
        )

    def clean(self, value: Any) -> str | None:
        """Nothing said leaves it as it was, or as it is by default."""
        return super().clean(value) or None
