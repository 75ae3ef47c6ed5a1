"""A rhythm in plain words: what a person chooses, and the rule of RFC 5545 that it comes to."""

import copy
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.base.recurrence import validate_rule, without_end
from coordination.base.recurrence_words import CODES, NTH, parts_of, rule_in_words, weekday_of
from coordination.bodies.models import Body
from coordination.processes.edit_forms import EditForm
from coordination.processes.tables import State

from ..models import ReviewSeries
from ..occurrences import next_days

WEEKLY, ON_A_DAY, ON_A_WEEKDAY, YEARLY, OWN = "weekly", "day", "weekday", "yearly", "own"
KINDS = (
    (WEEKLY, gettext_lazy("Every week, on the weekdays chosen below")),
    (ON_A_DAY, gettext_lazy("Every month, on a day by its number")),
    (ON_A_WEEKDAY, gettext_lazy("Every month, on a weekday: the first Monday, the last Thursday")),
    (YEARLY, gettext_lazy("Every year, on the date of the first day")),
    (OWN, gettext_lazy("By a rule of RFC 5545, typed below")),
)
#: How many days the preview shows.
PREVIEW = 6
LAST_DAY = -1


def plain_of(rule: str) -> State:
    """What the form shows of a rule: choices where they say the same, else the rule itself."""
    own: State = {
        "repeats": OWN,
        "every": 1,
        "weekdays": [],
        "month_day": "",
        "nth": [],
        "nth_weekday": "",
        "left_out": [],
        "own": rule,
    }
    try:
        plain = own | {"own": ""} | _choices(parts_of(rule))
        return plain if parts_of(rule_of(plain)) == parts_of(rule) else own
    except (KeyError, ValueError):
        return own


def _choices(parts: dict[str, str]) -> State:
    said: State = {"every": int(parts.get("INTERVAL", 1))}
    months = [int(one) for one in parts.get("BYMONTH", "").split(",") if one]
    if months:
        said["left_out"] = [str(one) for one in MONTHS if one not in months]
    named = [weekday_of(one) for one in parts.get("BYDAY", "").split(",") if one]
    if parts["FREQ"] == "WEEKLY":
        return said | {"repeats": WEEKLY, "weekdays": [CODES[day] for _nth, day in named]}
    if parts["FREQ"] == "YEARLY":
        return said | {"repeats": YEARLY}
    if named:
        weekdays = {CODES[day] for _nth, day in named}
        places = [str(nth) for nth, _day in named]
        return said | {"repeats": ON_A_WEEKDAY, "nth": places, "nth_weekday": weekdays.pop()}
    return said | {"repeats": ON_A_DAY, "month_day": parts["BYMONTHDAY"]}


def rule_of(said: State) -> str:
    """The rule of what was chosen."""
    kind = said["repeats"]
    if kind == OWN:
        return str(said["own"])
    parts = ["FREQ=" + {WEEKLY: "WEEKLY", YEARLY: "YEARLY"}.get(kind, "MONTHLY")]
    if said["every"] > 1:
        parts.append(f"INTERVAL={said['every']}")
    if kind == WEEKLY and said["weekdays"]:
        parts.append("BYDAY=" + ",".join(said["weekdays"]))
    elif kind == ON_A_DAY:
        parts.append(f"BYMONTHDAY={said['month_day']}")
    elif kind == ON_A_WEEKDAY:
        parts.append("BYDAY=" + ",".join(f"{nth}{said['nth_weekday']}" for nth in said["nth"]))
    if said["left_out"] and kind != YEARLY:
        months = [str(one) for one in MONTHS if str(one) not in said["left_out"]]
        parts.append("BYMONTH=" + ",".join(months))
    return ";".join(parts)


_FIELDS = ("name", "starts_on", "ends_on", "clock", "lasts_minutes", "place", "video_link")


class SeriesForm(EditForm):
    """The rhythm in which a body meets, with the next days that it comes to."""

    clock = forms.TimeField(
        label=gettext_lazy("Time"),
        help_text=gettext_lazy("On the clocks of the process, summer and winter."),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    repeats = forms.ChoiceField(
        label=gettext_lazy("It repeats"), choices=KINDS, widget=forms.RadioSelect, initial=WEEKLY
    )
    every = forms.IntegerField(
        label=gettext_lazy("Each, or only every so many"),
        help_text=gettext_lazy("1 for each week, month or year; 2 for every second."),
        initial=1,
    )
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("Weekdays"),
        choices=[(code, WEEKDAYS[n]) for n, code in enumerate(CODES)],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    month_day = forms.ChoiceField(
        label=gettext_lazy("Day of the month"),
        choices=[
            ("", ""),
            *((str(n), str(n)) for n in range(1, 32)),
            (str(LAST_DAY), gettext_lazy("the last day")),
        ],
        required=False,
    )
    nth = forms.MultipleChoiceField(
        label=gettext_lazy("Which of the month"),
        choices=[(str(n), words) for n, words in NTH.items() if n != -2],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    nth_weekday = forms.ChoiceField(
        label=gettext_lazy("Weekday of the month"),
        choices=[("", ""), *((code, WEEKDAYS[n]) for n, code in enumerate(CODES))],
        required=False,
    )
    own = forms.CharField(
        label=gettext_lazy("Rule"),
        help_text=gettext_lazy("As in FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13."),
        max_length=240,
        required=False,
    )
    left_out = forms.MultipleChoiceField(
        label=gettext_lazy("Months left out"),
        choices=[(str(n), words) for n, words in MONTHS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    video_link = forms.URLField(
        label=gettext_lazy("Video link"), max_length=300, required=False, assume_scheme="https"
    )

    bounds: ClassVar = {"lasts_minutes": (5, 1440), "every": (1, 60)}

    class Meta:
        model = ReviewSeries
        fields = _FIELDS

    def __init__(self, data: Any = None, *, body: Body, **kwargs: Any) -> None:
        super().__init__(data, process=body.process, **kwargs)
        self.instance.body = body
        if self.thing is None:
            self.fields["starts_on"].initial = body.process.today()

    def state_of(self, thing: Any) -> State:
        return super().state_of(thing) | plain_of(thing.rule)

    def clean(self) -> State:
        data = super().clean()
        self._ask_for_what_the_kind_needs(data)
        starts_on, ends_on = data.get("starts_on"), data.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("It ends before it begins."))
        if not self.errors:
            self._make_rule(data)
        return data

    def _ask_for_what_the_kind_needs(self, data: State) -> None:
        kind = data.get("repeats")
        if kind == ON_A_DAY and not data.get("month_day"):
            self.add_error("month_day", _("Choose the day of the month."))
        if kind == ON_A_WEEKDAY and not data.get("nth") and "nth" not in self.errors:
            self.add_error("nth", _("Choose which: the first, the last."))
        if kind == ON_A_WEEKDAY and not data.get("nth_weekday"):
            self.add_error("nth_weekday", _("Choose the weekday."))
        if len(data.get("left_out") or []) == len(MONTHS):
            self.add_error("left_out", _("Leave at least one month in."))
        if data.get("left_out") and kind in (OWN, YEARLY):
            words = _("Months are left out of a weekly or monthly rhythm; a rule says it itself.")
            self.add_error("left_out", words)
        if kind == OWN:
            self._check_own(data)

    def _check_own(self, data: State) -> None:
        rule = data["own"] = data.get("own", "").upper().removeprefix("RRULE:")
        if not rule:
            self.add_error("own", _("Type the rule, or choose another way above."))
            return
        try:
            validate_rule(rule)
        except ValueError as error:
            words = _("This is not a recurrence rule of RFC 5545: %(error)s.")
            self.add_error("own", words % {"error": error})

    def _make_rule(self, data: State) -> None:
        rule, last = without_end(rule_of(data), self.process.zone, data["clock"])
        if last:  # shown and shifted as the last day of every other rhythm
            data["ends_on"] = min(last, data["ends_on"] or last)
        if self.thing is not None and parts_of(rule) == parts_of(self.thing.rule):
            rule = self.thing.rule
        data["rule"] = rule
        if not self._next(self._would_be(data)) and not (data["ends_on"] and self.thing):
            words = _("No day fits this rhythm from today, or its first day, to its last.")
            self.add_error("own" if data["repeats"] == OWN else "repeats", words)

    def given(self) -> State:
        """The fields of the series, with the rule that was made of the choices."""
        said = super().given()
        return {name: said[name] for name in _FIELDS} | {"rule": self.cleaned_data["rule"]}

    def _would_be(self, data: State) -> ReviewSeries:
        series = copy.copy(self.instance)
        for name in (*_FIELDS, "rule"):
            setattr(series, name, data[name])
        return series

    @staticmethod
    def _next(series: ReviewSeries) -> list[date]:
        return next_days(series, PREVIEW)

    @property
    def preview(self) -> State | None:
        """The rhythm in words and its next days: as typed where that is right, or as it stands."""
        if self.is_bound:
            if not self.is_valid():
                return None
            series = self._would_be(self.cleaned_data)
        elif self.thing is not None:
            series = self.thing
        else:
            return None
        try:
            return {
                "words": capfirst(rule_in_words(series.rule, series.starts_on)),
                "days": self._next(series),
            }
        except ValueError:
            return None
