"""What a mail server answered, in plain words, and what to do about it.

Enhanced codes (RFC 3463) say more than the three digits (RFC 5321), which stand for those servers
that give no others.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.outbox.models import Message

_STATUS = re.compile(r"\b([45])\.(\d{1,3}\.\d{1,3})\b")
_BASIC = re.compile(r"\b([45]\d\d)\b")
_GIVEN_UP = "Given up. "
_NO_ANSWER = "The mail server did not answer"

_OTHER_ADDRESS = gettext_lazy("Ask the party’s secretary for another address.")
_BY_ITSELF = gettext_lazy("It is tried again by itself.")
_ASK_ROOM = gettext_lazy("Ask the recipient to make room, then send it again.")
_ASK_HOST = gettext_lazy("Ask whoever runs this installation’s mail to look into it.")

_Words = tuple[str | Promise, str | Promise]

_NOBODY: _Words = (gettext_lazy("The mailbox does not exist."), _OTHER_ADDRESS)
_FULL: _Words = (gettext_lazy("The mailbox is full."), _ASK_ROOM)
_LARGE: _Words = (gettext_lazy("The mail is too large for the server."), _ASK_HOST)
_RULES: _Words = (gettext_lazy("The recipient’s server refuses mail like this."), _ASK_HOST)
_BUSY: _Words = (gettext_lazy("The recipient’s server takes no mail at the moment."), _BY_ITSELF)

#: The last two numbers of an enhanced code, or the first of these two.
_BY_STATUS: dict[str, _Words] = {
    "1.0": _NOBODY,
    "1.1": _NOBODY,
    "1.2": (gettext_lazy("The domain of the address was not found."), _OTHER_ADDRESS),
    "1.3": (gettext_lazy("The address is not written as one."), _OTHER_ADDRESS),
    "1.6": (gettext_lazy("The mailbox has moved."), _OTHER_ADDRESS),
    "1.10": (gettext_lazy("The domain of the address takes no mail."), _OTHER_ADDRESS),
    "2.1": (gettext_lazy("The mailbox is closed."), _OTHER_ADDRESS),
    "2.2": _FULL,
    "2.3": _LARGE,
    "3.4": _LARGE,
    "3": _BUSY,
    "4": (gettext_lazy("The recipient’s server cannot be reached."), _BY_ITSELF),
    "7": _RULES,
}
_BY_CODE: dict[str, _Words] = {
    "550": (gettext_lazy("The mailbox does not exist, or refuses mail."), _OTHER_ADDRESS),
    "551": _BY_STATUS["1.6"],
    "552": _FULL,
    "553": _BY_STATUS["1.3"],
    "554": _RULES,
}


@dataclass(frozen=True)
class Trouble:
    """What went wrong with a message, and what to do; `code` as the server gave it."""

    what: str
    to_do: str = ""
    code: str = ""
    is_address: bool = False

    def __str__(self) -> str:
        what = self.what.removesuffix(".") + f" ({self.code})." if self.code else self.what
        return f"{what} {self.to_do}".strip()


def trouble_of(message: Message) -> Trouble | None:
    """Why a message is not where it should be; None where all is well."""
    states, said = Message.State, message.error
    if message.state == states.UNCERTAIN:
        return Trouble(
            _("The server took the mail and did not say that it has it: it may have arrived."),
            _("Ask the recipient. If it arrived, say so here; if not, send it again."),
        )
    if message.state == states.FAILED or (message.state == states.PENDING and message.attempts):
        return _explained(said, is_over=message.state == states.FAILED)
    return Trouble(said) if said and message.state not in (states.SENT, states.PENDING) else None


def _explained(said: str, *, is_over: bool) -> Trouble | None:
    if not said:
        return None
    given_up = said.startswith(_GIVEN_UP)
    said = said.removeprefix(_GIVEN_UP)
    basic, status = _BASIC.search(said[:120]), _STATUS.search(said)
    code = " ".join(found[0] for found in (basic, status) if found)
    if said.startswith(_NO_ANSWER):
        words: _Words = (_("The mail server did not answer."), _BY_ITSELF)
    elif status and status[1] == "4" and status[2].startswith("7."):
        words = _BUSY  # greylisting: come again later
    elif status and (known := _by_status(status[2])):
        words = known
    elif basic:
        words = _BY_CODE.get(basic[1], _BUSY if basic[1].startswith("4") else _RULES)
    else:
        return Trouble(said)
    what, to_do = str(words[0]), str(words[1])
    is_address = words[1] is _OTHER_ADDRESS
    if words[1] is _BY_ITSELF and is_over:
        to_do = _("Send it again when the server takes mail.")
    elif words[1] is not _BY_ITSELF and not is_over:
        to_do = str(_BY_ITSELF)
    if given_up:
        what = _("%(what)s It was tried for five days and given up.") % {"what": what}
    return Trouble(what, to_do, code, is_address)


def _by_status(status: str) -> _Words | None:
    return _BY_STATUS.get(status) or _BY_STATUS.get(status.split(".")[0])
