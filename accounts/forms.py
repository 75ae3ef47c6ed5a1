from django.contrib.auth.forms import AuthenticationForm
from django.forms import EmailInput
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """Sign-in by e-mail; a wrong address and a wrong password get the same answer."""

    error_messages = {
        "invalid_login": _("Not signed in. The e-mail or the password is not right."),
        "inactive": _("Not signed in. The e-mail or the password is not right."),
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["username"]
        field.label = _("E-mail")
        field.widget = EmailInput(
            attrs={"autocomplete": "username", "autofocus": True, "maxlength": 254}
        )

    def clean_username(self) -> str:
        return self.cleaned_data["username"].strip().lower()
