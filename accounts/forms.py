"""The forms of sign-in and of the account's security: allauth's, in our words."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as second_factor
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret, validate_totp_code
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import forms as passkeys
from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from . import words
from .limits import LimitedCode, LimitedPassword, LimitedReset
from .sentences import PlainForm, password_rules, say_plainly

#: How long one may take to copy a key into an app.
KEY_SECONDS = 60 * 60


def _say(form: forms.Form, **labels: Any) -> None:
    """Label the fields; a placeholder would only say the label again, and vanish."""
    say_plainly(form.fields)
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        field.label = labels.get(name, field.label)
        field.help_text = ""


class SignInForm(account.LoginForm):
    """Sign-in by e-mail; a wrong address and a wrong password get the same answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, login=_("E-mail"), password=_("Password"))
        self.fields["login"].widget = forms.EmailInput(
            attrs={"autocomplete": "username", "autofocus": True, "maxlength": 254}
        )


class AgainForm(account.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, password=_("Password"))


class ForgottenForm(LimitedReset, account.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, email=_("E-mail"))
        self.fields["email"].widget.attrs |= {"autocomplete": "username", "maxlength": 254}


class _NewPassword(forms.Form):
    """Two fields for a new password, and what it must be like."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(
            self,
            oldpassword=_("Present password"),
            password1=_("New password"),
            password2=_("New password again"),
        )
        self.fields["password1"].help_text = password_rules()

    def clean(self) -> dict[str, Any]:
        """Without allauth's own comparison, which has its own words."""
        data = forms.Form.clean(self) or self.cleaned_data
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("This is not what is written above."))
        return data


class ChangePasswordForm(LimitedPassword, _NewPassword, account.ChangePasswordForm):
    pass


class SetPasswordForm(_NewPassword, account.SetPasswordForm):
    pass


class ResetPasswordForm(_NewPassword, account.ResetPasswordKeyForm):
    pass


class _Code(forms.Form):
    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, code=_("Code"))
        self.fields["code"].widget.attrs |= {"autofocus": True, "maxlength": 20}
        has_app = is_mfa_enabled(self.user, [Authenticator.Type.TOTP])
        self.fields["code"].help_text = (
            _("From your app, or one of your recovery codes.")
            if has_app
            else _("One of your recovery codes.")
        )


class SecondStepForm(LimitedCode, _Code, second_factor.AuthenticateForm):
    pass


class AgainByCodeForm(LimitedCode, _Code, second_factor.ReauthenticateForm):
    pass


class AppForm(PlainForm, forms.Form):
    """Sets up an app that makes codes.

    The key that is offered goes out with the page and comes back signed for the one person: until a
    code shows that the app has it, nothing is kept.
    """

    key = forms.CharField(widget=forms.HiddenInput, max_length=400)
    code = forms.CharField(
        label=_("Code that the app shows"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.signer = signing.TimestampSigner(salt=f"entente app key {user.pk}")
        try:
            self.secret = self.signer.unsign(self.data.get("key", ""), max_age=KEY_SECONDS)
            self.is_overdue = False
        except signing.BadSignature:
            self.secret = generate_totp_secret()
            self.is_overdue = self.is_bound
        self.signed = self.signer.sign(self.secret)

    def clean_code(self) -> str:
        if self.is_overdue:
            raise forms.ValidationError(_("Too late for that key. Scan the new one."))
        code = self.cleaned_data["code"]
        if not validate_totp_code(self.secret, code):
            raise forms.ValidationError(words.ACCOUNT["incorrect_code"])
        return code


class _Credential:
    """What a browser sends can be anything, and is taken apart before it is looked at."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except forms.ValidationError:
            raise
        except Exception as stumbled:
            raise forms.ValidationError(words.SECOND_STEP["not_confirmed"]) from stumbled


class PasskeySignInForm(_Credential, passkeys.LoginWebAuthnForm):
    pass


class PasskeySecondStepForm(_Credential, passkeys.AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(_Credential, passkeys.ReauthenticateWebAuthnForm):
    pass


class PasskeyForm(passkeys.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, name=_("Name"), passwordless=_("Sign in with it alone"))
        self.fields["name"].max_length = 80
        self.fields["name"].widget.attrs["maxlength"] = 80
        self.fields["name"].help_text = _("What you know it by, such as “work laptop”.")
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].help_text = _(
            "Without the password. The device then asks for a fingerprint, a face or a PIN."
        )

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except forms.ValidationError:
            raise
        except Exception as stumbled:
            raise forms.ValidationError(words.SECOND_STEP["not_confirmed"]) from stumbled


class PasskeyNameForm(passkeys.EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=80)
