"""The tick: planning what people are reminded of, and writing the mails that are due."""

from dataclasses import dataclass

from django.utils import timezone

from accounts.throttle import forget_old
from coordination.commitments.actions.triggers import expect_more
from coordination.outbox import actions as outbox
from coordination.outbox.clock import is_held
from coordination.processes import drafts

from .agenda_mails import circulate_agendas
from .asking import ask_all
from .digests import write_all
from .escalating import climb_all, stop_all
from .invitations import invite_all
from .settling import close_answered, settle
from .sources import plan_all


@dataclass
class Tick:
    """What one tick did."""

    asked: int = 0
    nobody: int = 0
    answered: int = 0
    planned: int = 0
    invited: int = 0
    circulated: int = 0
    told: int = 0
    written: int = 0
    is_held: bool = False


def tick() -> Tick:
    """Plan and write what is due; any number of ticks may run at once.

    Nothing is planned while the clock is not trusted: a day that has not come would be asked for.
    """
    forget_old()
    now = timezone.now()
    if is_held():
        # An answer is an answer whatever the date is: its reminder must not leave afterwards.
        result = Tick(answered=close_answered(), is_held=True)
        outbox.beat("tick")
        return result
    drafts.forget_old()
    expect_more()
    result = Tick(answered=settle())
    stop_all(now)
    result.asked, result.nobody = ask_all(now)
    result.planned = plan_all(now)
    result.invited = invite_all(now)
    result.circulated = circulate_agendas(now)
    result.told = climb_all(now)
    result.written = write_all(now)
    if result.invited or result.circulated:
        outbox.nudge()
    outbox.beat("tick")
    return result
