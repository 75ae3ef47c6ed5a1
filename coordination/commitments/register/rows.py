"""The views of the register, and which rows a reader's choices leave."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from coordination.processes.models import Process

from ..as_it_stood import end_of, register_on
from ..models import Commitment, Level, Obligation
from .choices import Choices
from .rules import EVERY, SOME, Rule

_NOT_FULL = Q(verified_level=None) | ~Q(verified_level=Level.FULL)
_REPORTED_FULL = Q(reported_level=Level.FULL)
#: Of what is expected several times, the time that is owed next decides.
_SEVERAL = Q(commitment__kind__in=Commitment.EXPECTED)
_EARLY = Q(commitment__kind=Commitment.Kind.NOT_BEFORE, completed_on__lt=F("due_on"))
_MET = Rule(~_NOT_FULL & ~_EARLY & ~Q(commitment__kind__in=Commitment.KEPT_UP), EVERY)


def rule_of(view: str, now: datetime, reader: Any = None) -> Rule:
    """What puts a commitment into a view, as `standing` would mark it."""
    match view:
        case "open":
            return Rule(_MET.q, EVERY, opposite=True)
        case "met":
            return _MET
        case "overdue":
            open_still = _NOT_FULL & (Q(reported_level=None) | ~_REPORTED_FULL)
            late = Q(due_at__lte=now, is_suspended=False)
            ever = ~Q(commitment__kind__in=Commitment.NEVER_LATE)
            return Rule((_SEVERAL | open_still) & late & ever, SOME)
        case "at-risk":
            doubted = Q(out_of_bounds=True) | Q(is_at_risk=True) | Q(is_disputed=True)
            return Rule(doubted & Q(is_suspended=False), SOME)
        case "to-verify":
            unseen = Q(verified_at=None) | Q(verified_at__lt=F("reported_at"))
            return Rule(_NOT_FULL & ~_SEVERAL & _REPORTED_FULL & unseen, SOME)
        case "contradicted":
            return Rule(_NOT_FULL & _REPORTED_FULL & Q(verified_at__gte=F("reported_at")), SOME)
        case "in-breach":
            return Rule(Q(in_breach=True), SOME)
        case "flagged":
            return Rule(Q(is_disputed=True) | Q(is_suspended=True) | Q(is_at_risk=True), SOME)
        case "mine":
            return Rule(Q(focal_point_id=getattr(reader, "pk", None) or 0), SOME)
        case "fallen-due":
            return Rule(Q(deadline__due_at__lte=now))
        case "reported-full":
            return Rule(_REPORTED_FULL, EVERY)
        case "verified-full":
            return Rule(Q(verified_level=Level.FULL), EVERY)
        case "unverified":
            return Rule(Q(verifying_body_id__isnull=True))
        case "unled":
            return Rule(Q(lead_body_id__isnull=True))
    return Rule(Q())


def rules_of(choices: Choices, process: Process, now: datetime, reader: Any = None) -> list[Rule]:
    """Everything that a row has to fit: its view, and each of the filters."""
    rules = [] if choices.view == "all" else [rule_of(choices.view, now, reader)]
    if choices.find:
        rules.append(Rule(_words(choices.find)))
    if choices.agreement:
        rules.append(Rule(Q(provision__agreement__key=choices.agreement)))
    if choices.owes:
        rules.append(Rule(Q(party__code=choices.owes) | Q(body__code=choices.owes), SOME))
    if choices.leads:
        rules.append(Rule(Q(lead_body__code=choices.leads)))
    if choices.verifies:
        rules.append(Rule(Q(verifying_body__code=choices.verifies)))
    if choices.track:
        rules.append(Rule(Q(track=choices.track)))
    rules += _of_days(choices, process, now)
    return rules + _of_level(choices.level)


def _words(find: str) -> Q:
    words = Q(title__icontains=find) | Q(reference__icontains=find) | Q(text__icontains=find)
    number = find.upper().removeprefix("C-")
    # The limit keeps a number too large for the column out of the query.
    if number.isdecimal() and len(number) < 9:
        words |= Q(number=int(number))
    return words


def _of_days(choices: Choices, process: Process, now: datetime) -> list[Rule]:
    rules = []
    if choices.due == "none":
        rules.append(Rule(Q(deadline__due_on__isnull=True)))
    elif choices.due == "passed":
        rules.append(rule_of("fallen-due", now))
    elif choices.due:
        until = process.today(now) + timedelta(days=int(choices.due))
        rules.append(Rule(Q(deadline__due_at__gt=now, deadline__due_on__lte=until)))
    if choices.due_from:
        rules.append(Rule(Q(deadline__due_on__gte=choices.due_from)))
    if choices.due_until:
        rules.append(Rule(Q(deadline__due_on__lte=choices.due_until)))
    return rules


def _of_level(level: str) -> list[Rule]:
    """A commitment stands at its lowest owner, and at no level while one is not verified."""
    if not level:
        return []
    if level == "none":
        return [Rule(Q(verified_level__isnull=False), EVERY, opposite=True)]
    if level == "below":
        return [Rule(Q(verified_level=Level.FULL), EVERY, opposite=True)]
    lowest = int(level)
    return [Rule(Q(verified_level__gte=lowest), EVERY), Rule(Q(verified_level=lowest), SOME)]


def rows_of(choices: Choices, user: Any, process: Process) -> "QuerySet[Commitment]":
    """The commitments of today that the reader may see and that fit; without an order."""
    rows = Commitment.objects.visible_to(user).filter(process=process)
    now = timezone.now()
    for rule in rules_of(choices, process, now, user):
        rows = rows.filter(rule.condition())
    return rows.order_by()


def obligations_in(view: str, now: datetime) -> "QuerySet[Obligation]":
    """The obligations for which a commitment is in a view."""
    rule = rule_of(view, now)
    assert rule.over == SOME
    return Obligation.objects.filter(rule.q)


def fits(choices: Choices, commitment: Commitment, moment: datetime, reader: Any = None) -> bool:
    """Whether a row of `register_on` fits all choices: its view and each filter."""
    rules = rules_of(choices, commitment.process, moment, reader)
    return all(rule.holds_of(commitment) for rule in rules)


def everything_on(choices: Choices, user: Any, process: Process) -> list[Commitment]:
    """The whole register as it stood on the chosen day, as the reader may see it."""
    assert choices.as_of
    seen = Commitment.every.visible_to(user).select_related("provision__agreement")
    return register_on(seen, process, end_of(choices.as_of, process))
