"""The SMTP side of the outbox: one connection for a batch, in steps that can be fenced."""

import re
import smtplib
import socket
import ssl
import time
from contextlib import suppress
from email.utils import parseaddr

from django.conf import settings

from .failpoints import reach
from .mime import ascii_address

#: Seconds to wait for an answer before the mail has left ...
STEP_TIMEOUT = settings.MAIL_STEP_SECONDS
#: ... and after its final dot (RFC 5321, 4.5.3.2.6).
FINAL_TIMEOUT = settings.MAIL_ANSWER_SECONDS
#: For so long a server that was not there is taken not to be.
NO_SERVER_FOR = 30


class Refusal(Exception):
    """The server answered no, with a code: 4xx for now, 5xx for good."""

    def __init__(self, code: int, answer: bytes | str, *, to_recipient: bool = False) -> None:
        super().__init__(_words(code, answer))
        self.code = code
        self.is_permanent = 500 <= code < 600
        self.to_recipient = to_recipient


class SmtpUnavailable(Exception):
    """No connection, or it broke before the mail left: trying again is safe."""


class TooManyConnections(SmtpUnavailable):
    """The server takes no further connection while it has the others."""


class Unanswered(Exception):
    """The mail left and no answer came: it may have arrived."""


_LINE_END = re.compile(rb"\r\n|\r|\n")
_DOT = re.compile(rb"(?m)^\.")


class Session:
    """A connection that is opened when first needed and again when it broke."""

    def __init__(self) -> None:
        self.smtp: smtplib.SMTP | None = None
        self._no_server = ""
        self._no_server_until = 0.0

    def prepare(self, address: str) -> None:
        """Connect, name the sender and the recipient; nothing has left yet.

        A server may end a connection between two mails: then the second gets a new one.
        """
        if self.smtp is not None:
            with suppress(SmtpUnavailable):
                self._name(self.smtp, address)
                return
        self._name(self._connect(), address, is_new=True)

    def _connect(self) -> smtplib.SMTP:
        """A new connection; where there was none for one mail, others do not wait for it again."""
        if time.monotonic() < self._no_server_until:
            raise SmtpUnavailable(self._no_server)
        try:
            smtp = self._open()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code == 421:
                raise TooManyConnections(_describe(error)) from error
            raise self._without_server(_describe(error)) from error
        reach("after-connect")
        return smtp

    def _without_server(self, words: str) -> SmtpUnavailable:
        self._no_server, self._no_server_until = words, time.monotonic() + NO_SERVER_FOR
        return SmtpUnavailable(words)

    def _open(self) -> smtplib.SMTP:
        server = (settings.EMAIL_HOST, settings.EMAIL_PORT)
        if settings.EMAIL_USE_SSL:
            context = ssl.create_default_context()
            self.smtp = smtplib.SMTP_SSL(*server, timeout=STEP_TIMEOUT, context=context)
        else:
            self.smtp = smtplib.SMTP(*server, timeout=STEP_TIMEOUT)
        if self.smtp.sock is not None:  # steps are small, and each waits for the one before
            self.smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if settings.EMAIL_USE_TLS:
            self.smtp.starttls(context=ssl.create_default_context())
        if settings.EMAIL_HOST_USER:
            self.smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        self.smtp.ehlo_or_helo_if_needed()
        return self.smtp

    def _name(self, smtp: smtplib.SMTP, address: str, is_new: bool = False) -> None:
        try:
            code, answer, to_recipient = self._exchange(smtp, ascii_address(address))
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise SmtpUnavailable(_describe(error)) from error
        if code == 421:  # it ends the connection
            self._drop()
            words = _words(code, answer)
            raise TooManyConnections(words) if is_new else SmtpUnavailable(words)
        if code not in (250, 251):
            self.reset()
            raise Refusal(code, answer, to_recipient=to_recipient)

    def _exchange(self, smtp: smtplib.SMTP, to: str) -> tuple[int, bytes, bool]:
        """Name sender and recipient, in one go where the server can take it (RFC 2920)."""
        sender = ascii_address(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
        if not smtp.has_extn("pipelining"):
            code, answer = smtp.mail(sender)
            if code != 250:
                return code, answer, False
            return *smtp.rcpt(to), True
        smtp.send(f"MAIL FROM:<{sender}>\r\nRCPT TO:<{to}>\r\n")
        code, answer = smtp.getreply()
        if code == 421:
            return code, answer, False
        of_recipient = smtp.getreply()
        return (*of_recipient, True) if code == 250 else (code, answer, False)

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
            code, answer = smtp.docmd("DATA")
            reach("after-announcement")
            if code != 354:
                raise smtplib.SMTPDataError(code, answer)
            smtp.send(_dotted(mail))
            reach("after-dot")
            code, answer = smtp.getreply()
            reach("after-answer")
            return code, answer
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


def _dotted(mail: bytes) -> bytes:
    """The mail as it is sent: its lines end as they must, none is taken for the last, then the last
    one comes (RFC 5321, 4.5.2)."""
    lines = _LINE_END.sub(b"\r\n", mail)
    lines = _DOT.sub(b"..", lines)
    return lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _words(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {text}".strip()


def _describe(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server answered {_words(error.smtp_code, error.smtp_error)}"
    return f"The mail server did not answer ({type(error).__name__})."
