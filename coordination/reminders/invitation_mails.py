"""What became of the mails that tell calendars of meetings: who heard, and who hears it yet."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from coordination.outbox.addresses import CAME_BACK, problems_of
from coordination.outbox.models import AddressProblem, Message, MessageEvent

from .models import MeetingNotice

#: Messages that told nobody anything.
UNTOLD = (Message.State.SUPERSEDED, Message.State.CANCELLED, Message.State.FAILED)


@dataclass(frozen=True)
class Mails:
    """What became of the mails of some notices.

    `again` has what people had sent once more by hand, `untold` the messages that told nobody
    anything, `failing` the addresses with an open problem, and `cleared` when somebody said last of
    an address that it works again.
    """

    again: dict[int, list[Message]]
    untold: set[int]
    failing: frozenset[str]
    cleared: dict[str, datetime]

    @classmethod
    def of(cls, notices: list[MeetingNotice]) -> Self:
        messages = {one.message_id: one.message for one in notices}
        again: dict[int, list[Message]] = defaultdict(list)
        first = {key: key for key in messages}
        while first:
            rows = Message.objects.filter(again_of__in=first).only("state", "again_of")
            copies = [(first[one.again_of_id], one) for one in rows if one.again_of_id]
            for key, copy in copies:
                again[key].append(copy)
            first = {copy.pk: key for key, copy in copies}
        everything = [*messages.values(), *(copy for them in again.values() for copy in them)]
        untold = {one.pk for one in everything if one.state in UNTOLD}
        came_back = MessageEvent.objects.filter(
            message__in=[one.pk for one in everything], note__startswith=CAME_BACK
        )
        untold |= {one.message_id for one in came_back.only("message")}
        addresses = {one.recipient.email for one in notices if one.message_id in untold}
        cleared = AddressProblem.objects.filter(
            address__in={one.lower() for one in addresses}, cleared_at__isnull=False
        ).order_by("cleared_at")
        return cls(
            again,
            untold,
            frozenset(problems_of(addresses)) if addresses else frozenset(),
            {one.address: one.cleared_at for one in cleared if one.cleared_at} if addresses else {},
        )

    def of_notice(self, notice: MeetingNotice) -> list[Message]:
        return [notice.message, *self.again.get(notice.message_id, [])]

    def tells(self, notice: MeetingNotice) -> bool:
        return any(one.pk not in self.untold for one in self.of_notice(notice))

    def can_be_made_good(self, notice: MeetingNotice) -> bool:
        """Whether its mail came back for a reason that has passed: one that comes back again waits
        for the next time that somebody says that the address works."""
        mail, address = notice.message, notice.recipient.email
        if self.tells(notice) or address in self.failing:
            return False
        if mail.state == Message.State.CANCELLED or mail.to_address != address:
            return True  # they are back, or have another address
        cleared_at = self.cleared.get(address.lower())
        return bool(cleared_at and mail.finished_at and cleared_at > mail.finished_at)
