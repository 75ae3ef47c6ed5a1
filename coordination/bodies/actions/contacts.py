"""How a body is reached: its channels, the order in which one tries them, and their tests."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.dates import in_words
from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock
from coordination.processes.records import end, enter

from ..models import Body, ChannelTest, ContactChannel


@transaction.atomic
def add_channel(*, actor: Any, body: Body, origin: str, **fields: Any) -> ContactChannel:
    """Add a way to reach a body, as the last that one tries."""
    lock(body.process)
    open_ones = body.channels.filter(ended_on=None)
    if open_ones.filter(kind=fields["kind"], address=fields["address"]).exists():
        raise Refused(_("This channel is there already."), "address")
    last = open_ones.aggregate(last=Max("order"))["last"] or 0
    channel = ContactChannel(body=body, order=last + 1, **fields)
    return enter(
        channel,
        process=body.process,
        actor=actor,
        verb="channel.entered",
        origin=origin,
        summary=f"{body.code} is reached by {channel}",
    )


@transaction.atomic
def order_channels(
    *, actor: Any, body: Body, order: Sequence[int], seen: Sequence[int], origin: str
) -> None:
    """Put the open channels of a body in order; `seen` is the order that the person looked at."""
    lock(body.process)
    channels = {one.pk: one for one in body.channels.filter(ended_on=None)}
    now = list(channels)
    if now == list(order):
        return
    if now != list(seen) or set(order) != set(now):
        raise Refused(
            _("Somebody else changed the channels meanwhile: look at them and order them again.")
        )
    for n, pk in enumerate(order, 1):
        ContactChannel.objects.filter(pk=pk).update(order=n)
    append(
        process=body.process,
        actor=actor,
        verb="channel.ordered",
        thing=body,
        origin=origin,
        summary=f"{body.code} is reached by " + ", then ".join(str(channels[pk]) for pk in order),
        before={"channels": [str(one) for one in channels.values()]},
        after={"channels": [str(channels[pk]) for pk in order]},
    )


@transaction.atomic
def end_channel(*, actor: Any, channel: ContactChannel, ended_on: date, origin: str) -> None:
    """Record from which day nobody is reached there any more."""
    end(
        channel,
        ended_on,
        process=channel.body.process,
        actor=actor,
        verb="channel.ended",
        origin=origin,
        summary=f"{channel.body.code} is not reached by {channel} from {in_words(ended_on)} on",
    )


@transaction.atomic
def record_test(
    *,
    actor: Any,
    channel: ContactChannel,
    worked: bool,
    origin: str,
    tested_at: datetime | None = None,
    remark: str = "",
) -> ChannelTest:
    """Record that somebody tried a channel, and whether anybody answered."""
    moment = tested_at or timezone.now()
    if moment > timezone.now():
        raise Refused(_("A test that is yet to come shows nothing."), "tested_at")
    test = ChannelTest(
        channel=channel, tested_at=moment, worked=worked, remark=remark, tested_by=actor
    )
    answer = "works" if worked else "does not work"
    return enter(
        test,
        process=channel.body.process,
        actor=actor,
        verb="channel.tested",
        origin=origin,
        summary=f"Tested {channel.body.code}, {channel}: {answer}"
        + (f", {remark}" if remark else ""),
    )
