"""The SMTP side of the outbox: one connection for a batch, in steps that can be fenced."""

import re
import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr

from django.conf import settings
from django.utils.encoding import punycode

from coordination.base.capabilities import reveal

from .models import Message

#: Seconds to wait for an answer before the mail has left ...
STEP_TIMEOUT = 10
#: ... and after its final dot (RFC 5321, 4.5.3.2.6).
FINAL_TIMEOUT = 600


class Unwritable(Exception):
    """The mail cannot be put into the form that servers take; trying again changes nothing."""


class Refusal(Exception):
    """The server answered no, with a code: 4xx for now, 5xx for good."""

    def __init__(self, code: int, answer: bytes | str) -> None:
        super().__init__(_words(code, answer))
        self.is_permanent = 500 <= code < 600


class SmtpUnavailable(Exception):
    """No connection, or it broke before the mail left: trying again is safe."""


class Unanswered(Exception):
    """The mail left and no answer came: it may have arrived."""


class _Policy(EmailPolicy):
    """Folds headers as mail does, save the link to unsubscribe: no programme would follow it."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name == "List-Unsubscribe":
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep="\r\n")


def written(message: Message) -> bytes:
    """The mail as it goes, links included; the same bytes at every try."""
    try:
        return mime(message).as_bytes()
    except ValueError as error:
        raise Unwritable(f"This mail cannot be written: {error}") from error


def mime(message: Message) -> EmailMessage:
    mail = EmailMessage(policy=_POLICY)
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    mail["From"] = Address(_phrase(name), addr_spec=_ascii(address))
    whom = message.recipient.name if message.recipient else ""
    mail["To"] = Address(_phrase(whom), addr_spec=_ascii(message.to_address))
    mail["Subject"] = _plain(message.subject)
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{reveal(message.unsubscribe_url)}>"
    mail.set_content(reveal(message.body_text), cte="quoted-printable")
    if message.body_html:
        mail.add_alternative(reveal(message.body_html), subtype="html", cte="quoted-printable")
        mail.set_boundary(f"entente-{message.key[:32]}")
    return mail


def _plain(text: str) -> str:
    """Without what is more than text in a header: control characters and encoded words.

    Python decodes an encoded word that somebody typed, line breaks in it included.
    """
    return "".join(char for char in text if char.isprintable()).replace("=?", "= ?")


def _phrase(name: str) -> str:
    """A name without what must stand in quotes: Python loses them where it folds a long name."""
    return " ".join(re.sub(r'[()<>@,:;\\"\[\]]', " ", _plain(name)).split())


def _ascii(address: str) -> str:
    """The address with a domain that every server understands."""
    local, _at, domain = address.rpartition("@")
    return f"{local}@{punycode(domain)}"


class Session:
    """A connection that is opened when first needed and again when it broke."""

    def __init__(self) -> None:
        self.smtp: smtplib.SMTP | None = None
        self.no_server = ""

    def prepare(self, address: str) -> None:
        """Connect, name the sender and the recipient; nothing has left yet.

        A server may end a connection between two mails: then the second gets a new one.
        """
        if self.smtp is not None:
            with suppress(SmtpUnavailable):
                self._name(self.smtp, address)
                return
        self._name(self._connect(), address)

    def _connect(self) -> smtplib.SMTP:
        """A new connection; where there was none for one mail, the batch waits for no other."""
        if self.no_server:
            raise SmtpUnavailable(self.no_server)
        try:
            return self._open()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            self.no_server = _describe(error)
            raise SmtpUnavailable(self.no_server) from error

    def _open(self) -> smtplib.SMTP:
        server = (settings.EMAIL_HOST, settings.EMAIL_PORT)
        if settings.EMAIL_USE_SSL:
            context = ssl.create_default_context()
            self.smtp = smtplib.SMTP_SSL(*server, timeout=STEP_TIMEOUT, context=context)
        else:
            self.smtp = smtplib.SMTP(*server, timeout=STEP_TIMEOUT)
        if settings.EMAIL_USE_TLS:
            self.smtp.starttls(context=ssl.create_default_context())
        if settings.EMAIL_HOST_USER:
            self.smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        self.smtp.ehlo_or_helo_if_needed()
        return self.smtp

    def _name(self, smtp: smtplib.SMTP, address: str) -> None:
        try:
            code, answer = smtp.mail(_ascii(parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
            if code == 250:
                code, answer = smtp.rcpt(_ascii(address))
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise SmtpUnavailable(_describe(error)) from error
        if code == 421:  # it ends the connection
            self._drop()
            raise SmtpUnavailable(_words(code, answer))
        if code not in (250, 251):
            self.reset()
            raise Refusal(code, answer)

    def reset(self) -> None:
        """Forget a recipient that was named and is not written to after all."""
        try:
            if self.smtp is not None:
                self.smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def transmit(self, mail: bytes) -> str:
        """Hand the mail over; returns the server's answer.

        A line that breaks before the server said 354 has carried nothing, yet it is not told apart
        from one that broke later: a mail too many is marked, a mail lost is not.
        """
        assert self.smtp is not None
        try:
            code, answer = self._data(self.smtp, mail)
        except smtplib.SMTPDataError as error:  # refused before the mail left
            self.reset()
            raise Refusal(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Unanswered(_describe(error)) from error
        if 200 <= code < 300:
            return _words(code, answer)
        if 400 <= code < 600:
            self.reset()
            raise Refusal(code, answer)
        self._drop()
        raise Unanswered(f"The mail server’s answer is not known: {_words(code, answer)}")

    def _data(self, smtp: smtplib.SMTP, mail: bytes) -> tuple[int, bytes]:
        assert smtp.sock is not None
        smtp.sock.settimeout(FINAL_TIMEOUT)
        try:
            return smtp.data(mail)
        finally:
            if smtp.sock is not None:
                smtp.sock.settimeout(STEP_TIMEOUT)

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


def _words(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {text}".strip()


def _describe(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server answered {_words(error.smtp_code, error.smtp_error)}"
    return f"The mail server did not answer ({type(error).__name__})."
