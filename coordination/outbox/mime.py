"""A message as the bytes of a mail.

Written out here, and not by the standard library, which takes longer for it than all else that
happens to a mail. It still does what is hard: names and subjects that are not plain ASCII, or long.
"""

import base64
import binascii
import re
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from textwrap import wrap
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils.encoding import punycode

from coordination.base.capabilities import reveal

from .models import Message

_METHOD = re.compile(r"^METHOD:(REQUEST|CANCEL)\s*$", re.MULTILINE | re.IGNORECASE)
#: What stands in a header as it is, up to the length of a line.
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_DOTTED = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LINE = 76
#: As in the outbox; the library takes minutes to fold what is far longer.
_LONGEST = 240
#: Bytes of a file that goes with a mail; many servers take no larger one once it is encoded.
LARGEST = 10 * 1024 * 1024
_KINDS = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "ics": "text/calendar",
    "json": "application/json",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
}


class Unwritable(Exception):
    """The mail cannot be put into the form that servers take; trying again changes nothing."""


def written(message: Message) -> bytes:
    """The mail as it goes, links included; the same bytes at every try."""
    try:
        return b"".join((*_head(message), *_body(message)))
    except Exception as error:  # whatever is wrong with one mail holds up no other
        raise Unwritable(f"This mail cannot be written: {error}") from error


def mime(message: Message) -> EmailMessage:
    """The mail as it goes, to be read."""
    mail = message_from_bytes(written(message), policy=SMTP)
    assert isinstance(mail, EmailMessage)
    return mail


def ascii_address(address: str) -> str:
    """The address with a domain that every server understands; one that would say more to a server
    than an address cannot be written."""
    if not address.isprintable():
        raise Unwritable(f"{address!r} is no address")
    local, _at, domain = address.rpartition("@")
    return f"{local}@{punycode(domain)}"


# --- The head -------------------------------------------------------------------------------------


def _head(message: Message) -> list[bytes]:
    whom = message.recipient.name if message.recipient else ""
    lines = [
        _sender(settings.DEFAULT_FROM_EMAIL),
        _mailbox("To", whom, message.to_address),
        _text("Subject", message.subject),
        _line("Date", format_datetime(message.created_at)),
        _line("Message-ID", plain(message.message_id)),
        _line("Auto-Submitted", "auto-generated"),
    ]
    if message.unsubscribe_url:  # whatever its length: no programme follows a link that is folded
        lines.append(_line("List-Unsubscribe", f"<{plain(reveal(message.unsubscribe_url))}>"))
    return [*lines, _line("MIME-Version", "1.0")]


@lru_cache(maxsize=4)
def _sender(sender: str) -> bytes:
    return _mailbox("From", *parseaddr(sender))


def _mailbox(header: str, name: str, address: str) -> bytes:
    name, address = _phrase(name), ascii_address(address)
    local, _at, _domain = address.rpartition("@")
    value = f"{name} <{address}>" if name else address
    is_simple = _DOTTED.fullmatch(local) and (not name or _ATOMS.fullmatch(name))
    if is_simple and len(header) + len(value) < _LINE:
        return _line(header, value)
    return _folded(header, Address(name, addr_spec=address))


def _text(header: str, text: str) -> bytes:
    text = plain(text[:_LONGEST])
    words = text.split()
    if text.isascii() and text == " ".join(words) and all(len(word) < 60 for word in words):
        line = f"{header}: {text}"
        lines = wrap(line, _LINE, subsequent_indent=" ", break_on_hyphens=False)
        return "\r\n".join([*lines, ""]).encode("ascii")
    return _folded(header, text)


def _line(header: str, value: str) -> bytes:
    return f"{header}: {value}\r\n".encode("ascii")


def _folded(header: str, value: Any) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail[header] = value
    return SMTP.fold_binary(header, mail[header])


def plain(text: str) -> str:
    """Without what is more than text in a header: control characters and encoded words.

    Python decodes an encoded word that somebody typed, line breaks in it included.
    """
    if not text.isprintable():
        text = "".join(char for char in text if char.isprintable())
    return text.replace("=?", "= ?")


def _phrase(name: str) -> str:
    """A name without what must stand in quotes: Python loses them where it folds a long name."""
    return " ".join(re.sub(r'[()<>@,:;\\"\[\]]', " ", plain(name)).split())


# --- The body -------------------------------------------------------------------------------------


def _body(message: Message) -> list[bytes]:
    boundary = f"entente-{message.key[:32]}"
    parts = [_part("text/plain", reveal(message.body_text))]
    if message.body_html:
        parts.append(_part("text/html", reveal(message.body_html)))
    files: list[list[bytes]] = []
    if message.calendar:
        acted_on, opened = _invitation(message.calendar)
        parts.append(acted_on)
        files.append(opened)
    if message.attachment:
        files.append(_attached(message.attachment, message.attachment_name))
    if not files:
        return _together("alternative", boundary, parts) if len(parts) > 1 else parts[0]
    told = _together("alternative", f"{boundary}-text", parts) if len(parts) > 1 else parts[0]
    return _together("mixed", boundary, [told, *files])


def _invitation(calendar: str) -> tuple[list[bytes], list[bytes]]:
    """The invitation twice: as a part that calendars act on, and as a file that people open."""
    method = _METHOD.search(calendar)
    kind = f"text/calendar; method={method[1].upper() if method else 'PUBLISH'}"
    text = "\r\n".join(calendar.splitlines()) + "\r\n"
    as_file = _line("Content-Type", 'application/ics; name="invite.ics"')
    as_file += _line("Content-Disposition", 'attachment; filename="invite.ics"')
    encoded = _base64(text.encode())
    return [_line("Content-Type", f'{kind}; charset="utf-8"'), *encoded], [as_file, *encoded]


def _attached(stored: str, name: str) -> list[bytes]:
    """A file that is kept in storage, under the name that its reader is to see."""
    if not default_storage.exists(stored):
        raise Unwritable("the file that goes with it is not there any more")
    if default_storage.size(stored) > LARGEST:
        raise Unwritable("the file that goes with it is larger than 10 MB")
    with default_storage.open(stored) as file:
        content = file.read()
    name = plain(name or stored.rpartition("/")[2])[:_LONGEST]
    kind = _KINDS.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    mail = EmailMessage(policy=SMTP)  # it encodes what is not plain ASCII, and folds what is long
    mail.add_header("Content-Disposition", "attachment", filename=name)
    shown_as = SMTP.fold_binary("Content-Disposition", mail["Content-Disposition"])
    return [_line("Content-Type", kind), shown_as, *_base64(content)]


def _base64(content: bytes) -> list[bytes]:
    coding = _line("Content-Transfer-Encoding", "base64") + b"\r\n"
    return [coding, base64.encodebytes(content).replace(b"\n", b"\r\n")]


def _part(kind: str, text: str) -> list[bytes]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    encoded = binascii.b2a_qp(lines if lines.endswith(b"\n") else lines + b"\n")
    return [
        _line("Content-Type", f'{kind}; charset="utf-8"'),
        _line("Content-Transfer-Encoding", "quoted-printable"),
        b"\r\n",
        encoded.replace(b"\n", b"\r\n"),
    ]


def _together(kind: str, boundary: str, parts: list[list[bytes]]) -> list[bytes]:
    mark = f"--{boundary}".encode("ascii")
    bodies = [piece for part in parts for piece in (mark, b"\r\n", *part, b"\r\n")]
    head = _line("Content-Type", f'multipart/{kind}; boundary="{boundary}"')
    return [head, b"\r\n", *bodies, mark, b"--\r\n"]
