"""What mail providers report of mails that came back, in django-anymail's words.

Nothing of a report is kept but the address, the kind and the server's answer, and none of it is
written to a log.
"""

from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from anymail.webhooks.mailtrap import MailtrapTrackingWebhookView
from anymail.webhooks.mandrill import MandrillCombinedWebhookView
from anymail.webhooks.postal import PostalTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from anymail.webhooks.unisender_go import UnisenderGoTrackingWebhookView
from django.db import transaction
from django.dispatch import receiver

from .addresses import PROVIDER_SAYS, Kind, is_of_address, open_problem
from .models import Message, MessageEvent
from .texts import storable

#: Who reads the reports, by the name that MAIL_PROVIDER has.
PROVIDERS: dict[str, Any] = {
    "brevo": BrevoTrackingWebhookView,
    "mailersend": MailerSendTrackingWebhookView,
    "mailgun": MailgunTrackingWebhookView,
    "mailjet": MailjetTrackingWebhookView,
    "mailtrap": MailtrapTrackingWebhookView,
    "mandrill": MandrillCombinedWebhookView,
    "postal": PostalTrackingWebhookView,
    "postmark": PostmarkTrackingWebhookView,
    "resend": ResendTrackingWebhookView,
    "sendgrid": SendGridTrackingWebhookView,
    "sparkpost": SparkPostTrackingWebhookView,
    "unisender_go": UnisenderGoTrackingWebhookView,
}

WORDS = {
    EventType.BOUNCED: "came back",
    EventType.COMPLAINED: "was marked as spam by its recipient",
    EventType.REJECTED: "was not passed on",
}


@receiver(tracking, dispatch_uid="what a provider reports")
@transaction.atomic
def note_event(sender: Any, event: AnymailTrackingEvent, **kwargs: Any) -> None:
    """Mark the address, and note it with the message; the same report twice changes nothing."""
    if event.event_type not in WORDS or not event.recipient:
        return
    answer = str(event.mta_response or event.description or "")
    message = _message(event)
    if message is not None:
        words = storable(f"{PROVIDER_SAYS}{WORDS[event.event_type]}. {answer}", 500)
        if not message.events.filter(note=words.strip()).exists():
            MessageEvent.objects.create(message=message, state=message.state, note=words.strip())
    if event.event_type == EventType.COMPLAINED:
        open_problem(event.recipient, Kind.COMPLAINED, answer, message)
    elif _is_of_address(event, answer):
        open_problem(event.recipient, Kind.BOUNCED, answer, message)


def _is_of_address(event: AnymailTrackingEvent, answer: str) -> bool:
    """Where the server's answer says what it is about, that counts; else what the provider says."""
    said = is_of_address(answer)
    if said is not None:
        return said
    one_mail = (RejectReason.TIMED_OUT, RejectReason.BLOCKED, RejectReason.OTHER)
    return event.event_type == EventType.REJECTED or event.reject_reason not in one_mail


def _message(event: AnymailTrackingEvent) -> Message | None:
    """The message that is meant, by the Message-ID that it left with: providers name it with and
    without its brackets, and some only in the report itself."""
    names = {str(event.message_id or "")}
    if isinstance(event.esp_event, dict):
        names |= {str(event.esp_event.get(key) or "") for key in ("smtp-id", "message-id")}
    ids = [f"<{name.strip().strip('<>')}>" for name in names if name.strip()]
    rows = Message.objects.select_for_update().filter(message_id__in=ids)
    return rows.filter(to_address__iexact=event.recipient).first()
