"""What coordinators type about the weekend and the holidays of a process."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from coordination.base.dates import validate_year_range

from .edit_forms import DayField, EditForm, WeekendField
from .holidays import listed_holidays
from .models import Holiday, Process
from .tables import MOST_ROWS, RowForm, State

_LONGEST = Holiday._meta.get_field("name").max_length or 0
#: Lines whose errors are shown: each stands on the page twice.
MOST_REFUSED = 20
#: One day or two, and the name behind them.
_LINE = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[\s,;–]+([0-9]{4}-[0-9]{2}-[0-9]{2}))?[\s,;]+(.+)"
)


class HolidayRow(RowForm):
    name = forms.CharField(label=_("Name"), max_length=_LONGEST)
    first_on = DayField(label=_("First day"))
    last_on = DayField(label=_("Last day"), required=False, help_text=_("Empty for one day."))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("first_on"), data.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _now("The last day comes before the first."))
        data["last_on"] = last or first
        return data


class WorkingDaysForm(EditForm):
    weekend = WeekendField()
    pasted = forms.CharField(
        label=_("Several at once"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea,
        help_text=_(
            "One a line: first day, last day, name. As in 2026-12-25 2026-12-26 Christmas."
        ),
    )

    tables = {"holidays": (HolidayRow, _("Holidays"))}

    class Meta:
        model = Process
        fields = ("weekend",)

    def state_of(self, thing: Any) -> State:
        holidays = [
            {"name": one.name, "first_on": one.first_on, "last_on": one.last_on}
            for one in listed_holidays(thing)
        ]
        return {"weekend": thing.weekend, "holidays": holidays}

    def clean_pasted(self) -> str:
        self.rows: list[dict[str, Any]] = []
        refused: list[ValidationError] = []
        for n, line in enumerate(self.cleaned_data["pasted"].splitlines(), 1):
            try:
                self.rows += [_read_line(n, line)] if line.strip() else []
            except ValidationError as error:
                refused.append(error)
        if len(self.rows) + len(refused) > MOST_ROWS:
            words = _now("It takes %(n)s lines and not more: send the others afterwards.")
            raise ValidationError(words % {"n": MOST_ROWS})
        if refused:
            raise ValidationError(_some(refused))
        return self.cleaned_data["pasted"]

    def given(self) -> State:
        return super().given() | {"pasted": self.rows}


def _some(refused: list[ValidationError]) -> list[ValidationError]:
    """Each line's own error; of very many the first, and how many there are besides."""
    more = len(refused) - MOST_REFUSED
    if more <= 0:
        return refused
    words = ngettext(
        "%(n)s more line is not understood.", "%(n)s more lines are not understood.", more
    )
    return [*refused[:MOST_REFUSED], ValidationError(words % {"n": more})]


def _read_line(n: int, line: str) -> dict[str, Any]:
    """A line as a row; the error names it."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        words = _now("Line %(n)s: write the first day, the last day and a name, as in %(example)s.")
        raise ValidationError(words % {"n": n, "example": "2026-12-25 2026-12-26 Christmas"})
    try:
        first = date.fromisoformat(found[1])
        last = date.fromisoformat(found[2]) if found[2] else first
        for day in (first, last):
            validate_year_range(day)
    except ValueError as error:
        words = _now("Line %(n)s: there is no such day.")
        raise ValidationError(words % {"n": n}) from error
    except ValidationError as error:
        line = _now("Line %(n)s:") % {"n": n}
        raise ValidationError(f"{line} {error.messages[0]}") from error
    if last < first:
        words = _now("Line %(n)s: the last day comes before the first.")
        raise ValidationError(words % {"n": n})
    if len(found[3]) > _LONGEST:
        words = _now("Line %(n)s: write a name of at most %(most)s characters.")
        raise ValidationError(words % {"n": n, "most": _LONGEST})
    return {"name": found[3].strip(), "first_on": first, "last_on": last}
