"""How a body is reached: its channels, the order in which one tries them, and their tests."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.dates import validate_year_range
from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock
from coordination.processes.records import change_span, enter

from ..models import Body, ChannelTest, ContactChannel


def channels_in_use(body: Body) -> list[ContactChannel]:
    """Those that are not over, in the order in which one tries them; some may yet begin."""
    today = body.process.today()
    return [one for one in body.channels.all() if not is_over(one, today)]


def is_over(channel: ContactChannel, today: date) -> bool:
    """Whether it ended, or never held."""
    ended_on = channel.ended_on
    return ended_on is not None and (ended_on <= today or ended_on == channel.started_on)


def _refuse_twin(channel: ContactChannel) -> None:
    for one in channels_in_use(channel.body):
        same = (one.kind, one.address) == (channel.kind, channel.address)
        first, end = channel.started_on, one.ended_on
        meets = first is None or end is None or first < end
        if same and one.pk != channel.pk and meets:
            raise Refused(_("This channel is there already."), "address")


@transaction.atomic
def add_channel(*, actor: Any, body: Body, origin: str, **fields: Any) -> ContactChannel:
    """Add a way to reach a body, as the last that one tries."""
    lock(body.process)
    last = body.channels.aggregate(last=Max("order"))["last"] or 0
    channel = ContactChannel(body=body, order=last + 1, **fields)
    _refuse_twin(channel)
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
    """Put the channels in use of a body in order; `seen` is the order that the person looked at."""
    lock(body.process)
    channels = {one.pk: one for one in channels_in_use(body)}
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
def change_channel(
    *, actor: Any, channel: ContactChannel, origin: str, mistaken: bool = False, **fields: Any
) -> None:
    """Record from when to when a body is reached there, and at which hours."""
    lock(channel.body.process)
    change_span(
        channel,
        fields,
        mistaken=mistaken,
        process=channel.body.process,
        actor=actor,
        what="channel",
        origin=origin,
    )
    if not is_over(channel, channel.body.process.today()):
        try:
            _refuse_twin(channel)
        except Refused as refused:
            raise Refused(refused.message, "ended_on") from refused


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
    try:
        validate_year_range(moment)
    except ValidationError as error:
        raise Refused(error.messages[0], "tested_at") from error
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
