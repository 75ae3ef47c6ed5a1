"""The SMTP side of the outbox: one connection for a batch, in steps that can be fenced."""

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


#: What a server answers to MAIL, RCPT and DATA when it takes them.
_EXPECTED = ((250,), (250, 251), (354,))


class Session:
    """A connection that is opened when first needed and again when it broke."""

    def __init__(self) -> None:
        self.smtp: smtplib.SMTP | None = None
        self._no_server = ""
        self._no_server_until = 0.0

    def prepare(self, address: str) -> None:
        """Connect, name the sender and the recipient, and announce the text: nothing has left yet.

        A server may end a connection between two mails: then the second gets a new one.
        """
        if self.smtp is not None:
            with suppress(SmtpUnavailable):
                self._announce(self.smtp, address)
                return
        self._announce(self._connect(), address, is_new=True)

    def _connect(self) -> smtplib.SMTP:
        """A new connection; where there was none for one mail, others do not wait for it again."""
        if time.monotonic() < self._no_server_until:
            raise SmtpUnavailable(self._no_server)
        try:
            smtp = self._open()
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
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

    def _announce(self, smtp: smtplib.SMTP, address: str, is_new: bool = False) -> None:
        try:
            answers = _exchange(smtp, ascii_address(address))
            refused = next((n for n, one in enumerate(answers) if one[0] not in _EXPECTED[n]), None)
            if refused is None:
                return
            code, answer = answers[refused]
            if answers[-1][0] == 354:  # it waits for a text to nobody: there is none
                smtp.docmd(".")
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise SmtpUnavailable(_describe(error)) from error
        if answers[-1][0] == 421:  # it ends the connection
            self.drop()
            words = _words(*answers[-1])
            raise TooManyConnections(words) if is_new else SmtpUnavailable(words)
        self._reset()
        raise Refusal(code, answer, to_recipient=refused == 1)

    def _reset(self) -> None:
        """After a refusal: the next mail begins anew."""
        try:
            if self.smtp is not None:
                self.smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.drop()

    def transmit(self, mail: bytes) -> str:
        """Hand the mail over, which was announced; returns the server's answer.

        A line that breaks before the final dot has carried nothing, yet it is not told apart from
        one that broke later: a mail too many is marked, a mail lost is not.
        """
        assert self.smtp is not None
        try:
            code, answer = self._text(self.smtp, mail)
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise Unanswered(_describe(error)) from error
        if 200 <= code < 300:
            return _words(code, answer)
        if 400 <= code < 600:
            self._reset()
            raise Refusal(code, answer)
        self.drop()
        raise Unanswered(f"The mail server’s answer is not known: {_words(code, answer)}")

    def _text(self, smtp: smtplib.SMTP, mail: bytes) -> tuple[int, bytes]:
        assert smtp.sock is not None
        smtp.sock.settimeout(FINAL_TIMEOUT)
        try:
            smtp.send(_dotted(mail))
            reach("after-dot")
            answer = smtp.getreply()
            reach("after-answer")
            return answer
        finally:
            if smtp.sock is not None:
                smtp.sock.settimeout(STEP_TIMEOUT)

    def close(self) -> None:
        if self.smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.smtp.quit()
            self.smtp = None

    def drop(self) -> None:
        """End the connection as it is: what was announced on it is taken back by nothing else."""
        if self.smtp is not None:
            with suppress(OSError):
                self.smtp.close()
            self.smtp = None


def _exchange(smtp: smtplib.SMTP, to: str) -> list[tuple[int, bytes]]:
    """The answers up to the first refusal; where all is said in one go (RFC 2920), to all of it."""
    sender = ascii_address(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    commands = [f"MAIL FROM:<{sender}>", f"RCPT TO:<{to}>", "DATA"]
    at_once = smtp.has_extn("pipelining")
    if at_once:
        smtp.send("".join(f"{command}\r\n" for command in commands))
    answers: list[tuple[int, bytes]] = []
    for command, expected in zip(commands, _EXPECTED, strict=True):
        if not at_once:
            smtp.putcmd(command)
        answers.append(smtp.getreply())
        code = answers[-1][0]
        if code == 421 or not (at_once or code in expected):
            break
    return answers


def _dotted(mail: bytes) -> bytes:
    """The mail as it is sent: its lines end as they must, none is taken for the last, then the last
    one comes (RFC 5321, 4.5.2)."""
    lines = mail.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    lines = (b"\r\n" + lines).replace(b"\r\n.", b"\r\n..")[2:]
    return lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _words(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {text}".strip()


def _describe(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server answered {_words(error.smtp_code, error.smtp_error)}"
    return f"The mail server did not answer ({type(error).__name__})."
