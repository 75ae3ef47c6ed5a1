"""Mails about an account go the way of every mail: a row of the outbox first."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.adapters import SECOND_STEPS_REMOVED, AccountAdapter
from accounts.models import User
from accounts.user_agents import device
from coordination.base.capabilities import seal

from .actions import nudge, queue_account_mail

#: What allauth tells a person, by its name for it: what happened, in words.
CHANGES = {
    "account/email/password_changed": _("Your password was changed"),
    "account/email/password_reset": _("Your password was replaced by way of a mail"),
    "account/email/password_set": _("A password was set"),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made"),
    "mfa/email/totp_activated": _("An app was set up as your second step"),
    "mfa/email/totp_deactivated": _("The app was removed as your second step"),
    SECOND_STEPS_REMOVED: _("An administrator removed your second steps, as you had none left"),
    "mfa/email/webauthn_added": _("A passkey was added"),
    "mfa/email/webauthn_removed": _("A passkey was removed"),
}
FORGOTTEN = "account/email/password_reset_key"


class OutboxAccountAdapter(AccountAdapter):
    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link is a right in itself: the mail that is stored holds it under seal."""
        return f"{settings.SITE_URL}{reverse('account_reset_password')}{seal(key)}/"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue what allauth wants to tell somebody about their account."""
        person = context.get("user") or User.objects.filter(email=email.lower()).first()
        if person is None:
            return
        if template_prefix == FORGOTTEN:
            folder, facts = "account/forgotten", _way_back(context)
        else:
            folder, facts = "account/changed", _change(template_prefix, context)
        queue_account_mail(recipient=person, template=folder, context=facts)
        nudge()


def _way_back(context: dict[str, Any]) -> dict[str, Any]:
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    return {"link": context["password_reset_url"], "minutes": minutes}


def _change(prefix: str, context: dict[str, Any]) -> dict[str, Any]:
    return {
        "what": CHANGES[prefix],
        "at": context["timestamp"],
        "ip": context["ip"],
        "device": device(context["user_agent"]),
        "forgotten_url": settings.SITE_URL + reverse("account_reset_password"),
        "sessions_url": settings.SITE_URL + reverse("usersessions_list"),
    }
