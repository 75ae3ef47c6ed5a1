"""What sign-in says when something is not right, by the names that allauth has for it."""

from django.utils.translation import gettext_lazy as _

ACCOUNT = {
    "account_inactive": _("This account is closed."),
    "email_password_mismatch": _("Not signed in. The e-mail or the password is not right."),
    "enter_current_password": _("This is not your present password."),
    "incorrect_code": _("This code is not right. Codes change every 30 seconds; take a new one."),
    "incorrect_password": _("This is not your password."),
    "invalid_login": _("Not signed in. Try again."),
    "invalid_or_expired_key": _("This link is not good any more. Ask for another."),
    "invalid_password_reset": _("This link is not good any more. Ask for another."),
    "rate_limited": _("Too many tries. Wait a while and try again."),
    "same_as_current": _("This is what it is already. Write another."),
    "too_many_login_attempts": _("Too many tries. Wait a while and try again."),
}
SECOND_STEP = {
    "cannot_delete_authenticator": _("This second step has to stay."),
    "cannot_generate_recovery_codes": _("Set up an app or a passkey first; the codes stand in."),
    "incorrect_code": _("This code is not right, or it has been used. Try the next one."),
    "not_confirmed": _("The passkey could not be confirmed. Try again."),
}
