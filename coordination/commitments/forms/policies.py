"""What coordinators type about when people are reminded."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import get_text_list
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.bodies.models import Body
from coordination.processes.edit_forms import EditForm
from coordination.processes.tables import State

from ..actions.policies import FIELDS, policy_state
from ..models import Commitment, ReminderPolicy
from ..models.policy import MOST_DAYS, validate_days

#: What is typed as numbers with commas between them.
DAYS = ("before_due", "after_due", "deadline_days", "vacancy_days")


class DaysField(forms.CharField):
    """Numbers of days, as in “30, 7, 1, 0”; it gives them back in that form."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})

    def clean(self, value: Any) -> str:
        typed = re.split(r"[\s,;]+", super().clean(value).strip(" ,;"))
        numbers = [one for one in typed if one]
        if not all(re.fullmatch("[0-9]{1,4}", one) for one in numbers):
            words = _now("Write whole numbers with commas between them, as in “30, 7, 1”.")
            raise ValidationError(words)
        days = [int(one) for one in numbers]
        validate_days(days)
        return written(days)


def written(days: list[int]) -> str:
    return ", ".join(str(day) for day in days)


def read(said: str) -> list[int]:
    return [int(one) for one in said.split(", ") if one]


def policy_for(thing: Any) -> ReminderPolicy:
    """What stands for a process or one of its bodies: its own policy, else its process's, else the
    defaults."""
    process = thing.process if isinstance(thing, Body) else thing
    known = {one.body_id: one for one in ReminderPolicy.objects.filter(process=process)}
    own = known.get(thing.pk) if isinstance(thing, Body) else None
    return own or known.get(None) or ReminderPolicy(process=process)


class PolicyForm(EditForm):
    """Of the process or body that is its `thing`."""

    before_due = DaysField(label=_("Days before the due day"), required=False, max_length=60)
    after_due = DaysField(label=_("Days after the due day"), required=False, max_length=60)
    deadline_days = DaysField(
        label=_("Days before a due day"),
        required=False,
        max_length=60,
        help_text=_("For chairs, co-chairs and secretaries of the body that leads it."),
    )
    vacancy_days = DaysField(
        label=_("Days before a term ends"),
        required=False,
        max_length=60,
        help_text=_("For who runs the body, and the coordinators."),
    )
    urgent = forms.MultipleChoiceField(
        label=_("Sent at once"),
        choices=ReminderPolicy.Urgent.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    bounds = {
        "then_every_days": (2, MOST_DAYS),
        "head_after_days": (1, MOST_DAYS),
        "chair_after_days": (1, MOST_DAYS),
        "dispute_after_days": (1, MOST_DAYS),
    }

    class Meta:
        model = ReminderPolicy
        fields = FIELDS
        labels = {
            "then_every_days": _("And then every so many days"),
            "head_after_days": _("Head of the delegation"),
            "chair_after_days": _("Chair of the lead body"),
            "dispute_after_days": _("Dispute steps of its protocol"),
        }
        help_texts = {
            "then_every_days": "",
            "dispute_after_days": _("From that day on, one step after the other."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["before_due"].help_text = _now("0 is the due day; empty for none.")
        self.fields["after_due"].help_text = _now("While it is overdue; empty for none.")

    def state_of(self, thing: Any) -> State:
        state = policy_state(policy_for(thing))
        return state | {name: written(state[name]) for name in DAYS}

    def given(self) -> State:
        said = super().given()
        return {"fields": said | {name: read(said[name]) for name in DAYS}}

    def _post_clean(self) -> None:
        """Nothing: the action says what makes no sense together."""

    def ledger_thing(self) -> Any:
        return policy_for(self.thing)

    def policy(self) -> ReminderPolicy:
        """What was typed, to be looked at before it is saved."""
        body = self.thing if isinstance(self.thing, Body) else None
        return ReminderPolicy(process=self.process, body=body, **self.given()["fields"])


class TryForm(forms.Form):
    """The commitment on which a policy is tried, by its number in the register."""

    commitment = forms.CharField(label=_("Commitment"), max_length=20)

    def __init__(self, data: Any, *, commitments: Any) -> None:
        self.commitments = commitments
        first = commitments.order_by("deadline__due_on", "number").first()
        super().__init__(data, initial={"commitment": first.code if first else ""})
        self.has_any = first is not None

    def clean_commitment(self) -> Commitment:
        typed = re.fullmatch(r"\s*(?:[Cc]-?)?([0-9]{1,6})\s*", self.cleaned_data["commitment"])
        found = self.commitments.filter(number=int(typed[1])).first() if typed else None
        if found is None:
            raise ValidationError(
                _now("No commitment that follows these reminders has this number: write it as %s.")
                % (self.initial["commitment"] or "C-1")
            )
        return found


def policy_words(policy: ReminderPolicy) -> list[tuple[str, str]]:
    """What a policy comes to, in plain words: who is told, and when."""
    lines = [(_now("Owners"), _now("asked %(days)s") % {"days": asked_words(policy)})]
    for label, days, last in (
        (_now("Head of delegation"), policy.head_after_days, ""),
        (_now("Chair of lead body"), policy.chair_after_days, ""),
        (_now("Dispute steps"), policy.dispute_after_days, _now(", one by one")),
    ):
        if days is None:
            lines.append((label, _now("never told")))
        else:
            words = _now("told after %(n)s days without a report") % {"n": days}
            lines.append((label, f"{words}{last}"))
    lines.append((_now("Due days"), _told(_now("to who runs the lead body"), policy.deadline_days)))
    lines.append((_now("Vacant seats"), _told(_now("to who runs the body"), policy.vacancy_days)))
    at_once = [str(ReminderPolicy.Urgent(one).label) for one in policy.urgent]
    lines.append((_now("At once"), get_text_list(at_once, _now("and")) or _now("nothing")))
    return lines


def asked_words(policy: ReminderPolicy) -> str:
    """On which days around a due day its owner is asked."""
    asked = _days_before(policy.before_due)
    if policy.after_due:
        asked.append(_after(policy.after_due))
    asked.append(_now("then every %(n)s days while it is overdue") % {"n": policy.then_every_days})
    return ", ".join(asked)


def _days_before(days: list[int]) -> list[str]:
    ahead = [str(day) for day in days if day]
    said = []
    if ahead:
        listed = get_text_list(ahead, _now("and"))
        said.append(_now("%(days)s days before the due day") % {"days": listed})
    if 0 in days:
        said.append(_now("on the day"))
    return said


def _after(days: list[int]) -> str:
    listed = get_text_list([str(day) for day in days], _now("and"))
    return _now("%(days)s days after it") % {"days": listed}


def _told(whom: str, days: list[int]) -> str:
    said = get_text_list(_days_before_end(days), _now("and"))
    return f"{said}, {whom}" if said else _now("nobody is told")


def _days_before_end(days: list[int]) -> list[str]:
    said = []
    if ahead := [str(day) for day in days if day]:
        said.append(_now("%(days)s days before") % {"days": get_text_list(ahead, _now("and"))})
    if 0 in days:
        said.append(_now("on the day"))
    return said
