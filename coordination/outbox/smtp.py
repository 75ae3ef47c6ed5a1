"""The SMTP side of the outbox: one connection for a batch, in steps that can be fenced."""

import smtplib
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from django.conf import settings

from coordination.base.capabilities import reveal

from .models import Message

#: Seconds to wait for an answer before the mail has left ...
STEP_TIMEOUT = 10
#: ... and after its final dot (RFC 5321, 4.5.3.2.6).
FINAL_TIMEOUT = 600


class Refusal(Exception):
    """The server answered no, with a code: 4xx for now, 5xx for good."""

    def __init__(self, code: int, answer: bytes | str) -> None:
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        super().__init__(f"{code} {text}".strip())
        self.is_permanent = code >= 500


class SmtpUnavailable(Exception):
    """No connection, or it broke before the mail left: trying again is safe."""


class Unanswered(Exception):
    """The mail left and no answer came: it may have arrived."""


def mime(message: Message) -> EmailMessage:
    """The mail as it goes, links included; the same bytes at every try."""
    mail = EmailMessage(policy=SMTP)
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(_plain(message.recipient.name), addr_spec=message.to_address)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{reveal(message.unsubscribe_url)}>"
    mail.set_content(reveal(message.body_text), cte="quoted-printable")
    mail.add_alternative(reveal(message.body_html), subtype="html", cte="quoted-printable")
    boundary = message.key[:32]
    mail.set_boundary(f"entente-{boundary}")
    return mail


def _plain(name: str) -> str:
    return "".join(char for char in name if char.isprintable())


class Session:
    """A connection that is opened when first needed and again when it broke."""

    def __init__(self) -> None:
        self.smtp: smtplib.SMTP | None = None

    def _connect(self) -> smtplib.SMTP:
        if self.smtp is None:
            factory = smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP
            smtp = factory(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=STEP_TIMEOUT)
            self.smtp = smtp
            if settings.EMAIL_USE_TLS:
                smtp.starttls()
            if settings.EMAIL_HOST_USER:
                smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            smtp.ehlo_or_helo_if_needed()
        return self.smtp

    def prepare(self, message: Message) -> None:
        """Connect, name the sender and the recipient; nothing has left yet."""
        sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
        try:
            smtp = self._connect()
            code, answer = smtp.mail(sender)
            if code == 250:
                code, answer = smtp.rcpt(message.to_address)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise SmtpUnavailable(_describe(error)) from error
        if code not in (250, 251):
            self.reset()
            raise Refusal(code, answer)

    def reset(self) -> None:
        """Forget a recipient that was named and is not written to after all."""
        if self.smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.smtp.rset()

    def transmit(self, message: Message) -> str:
        """Hand the mail over; returns the server's answer.

        A line that breaks before the server said 354 has carried nothing, yet it is not told apart
        from one that broke later: a mail too many is marked, a mail lost is not.
        """
        assert self.smtp is not None and self.smtp.sock is not None
        smtp = self.smtp
        try:
            assert smtp.sock is not None
            smtp.sock.settimeout(FINAL_TIMEOUT)
            code, answer = smtp.data(mime(message).as_bytes())
            if smtp.sock is not None:
                smtp.sock.settimeout(STEP_TIMEOUT)
        except smtplib.SMTPDataError as error:
            self.reset()
            raise Refusal(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Unanswered(_describe(error)) from error
        if code != 250:
            self.reset()
            raise Refusal(code, answer)
        return f"{code} {answer.decode('utf-8', 'replace')}"

    def close(self) -> None:
        if self.smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.smtp.quit()
            self.smtp = None

    def _drop(self) -> None:
        if self.smtp is not None:
            with suppress(OSError):
                self.smtp.close()
            self.smtp = None


def _describe(error: Exception) -> str:
    return f"The mail server did not answer ({type(error).__name__})."
