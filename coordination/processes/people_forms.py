"""What is typed about the people of a process: by coordinators, and by who accepts."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.sentences import PlainForm, password_rules

from .edit_forms import EditForm
from .models import Invitation, Membership, Process
from .second_step_rule import LEAST_DAYS, MOST_DAYS


class InvitationForm(EditForm):
    sends = True

    class Meta:
        model = Invitation
        fields = ("email", "name", "role", "party", "heads_delegation")
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "off"})}  # another's
        help_texts = {
            "email": _("The invitation is bound to it: nobody else can accept."),
            "name": _("As you would write it; the person can change it."),
            "party": _("Delegates act for one; others may."),
            "heads_delegation": _(
                "Gets the ledger’s checkpoints, and releases the delegation’s papers."
            ),
        }


class MemberForm(EditForm):
    class Meta:
        model = Membership
        fields = ("role", "party", "heads_delegation")


class SecondStepForm(EditForm):
    second_factor_roles = forms.MultipleChoiceField(
        label=_("Asked of"),
        choices=Membership.Role.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    bounds = {"second_factor_grace_days": (LEAST_DAYS, MOST_DAYS)}

    class Meta:
        model = Process
        fields = ("second_factor_roles", "second_factor_grace_days")
        help_texts = {
            "second_factor_grace_days": _(
                "Counted from today for everybody who is asked newly, and from their first day "
                "for who joins later."
            )
        }


class NewAccountForm(PlainForm, forms.ModelForm):
    """Who accepts an invitation and has no account opens one."""

    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = ("name", "time_zone")
        labels = {"name": _("Your name"), "time_zone": _("Your time zone")}
        help_texts = {"time_zone": _("Like Europe/Sarajevo. Times are shown in it.")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "time_zone": forms.TextInput(attrs={"autocomplete": "off"}),
        }

    def __init__(self, data: Any = None, *, invitation: Invitation) -> None:
        self.email = invitation.email
        given = {"name": invitation.name, "time_zone": invitation.process.time_zone}
        super().__init__(data, initial=given)
        self.fields["password"].help_text = password_rules()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if password := data.get("password"):
            person = User(email=self.email, name=data.get("name", ""))
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return data
