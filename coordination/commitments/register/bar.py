"""What stands above every shape of the register: its views, its filters, and how much there is."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.processes.models import Process, Track

from ..as_it_stood import Headline, end_of, headline
from ..models import Commitment, Level, SavedView
from .choices import VIEWS, Choices, read_choices
from .counts import MOST, Kept, Named, capped, counts_on, kept
from .rows import everything_on, fits, rows_of

#: Tabs that are always there; of the others those that have something, and the one that is open.
_ALWAYS = ("all", "open", "overdue", "at-risk", "to-verify", "met")
_WITH_ROWS = ("contradicted", "in-breach", "flagged", "mine")
#: Saved views that have a tab.
_SAVED = 6

_DUE = {
    "passed": gettext_lazy("has passed"),
    "30": gettext_lazy("in the next 30 days"),
    "90": gettext_lazy("in the next 90 days"),
    "none": gettext_lazy("no date"),
}
_LEVELS = {
    "none": gettext_lazy("not verified"),
    **{str(value): label for value, label in Level.choices},
    "below": gettext_lazy("below full"),
}
ORDERS = {
    "due": gettext_lazy("by due day"),
    "-due": gettext_lazy("by due day, the last first"),
    "number": gettext_lazy("by number"),
    "-number": gettext_lazy("by number, the last first"),
    "reference": gettext_lazy("by reference"),
    "-reference": gettext_lazy("by reference, the last first"),
    "title": gettext_lazy("by title"),
    "-title": gettext_lazy("by title, the last first"),
    "check-in": gettext_lazy("by next check-in"),
    "-check-in": gettext_lazy("by next check-in, the last first"),
}


@dataclass(frozen=True)
class Tab:
    """One view; `count` is None where nobody has counted it."""

    label: Any
    query: str
    count: int | None
    is_open: bool


@dataclass(frozen=True)
class Narrowed:
    """One thing that narrows the view, in words; `query` is the address without it."""

    label: Any
    value: Any
    query: str


@dataclass(frozen=True)
class Select:
    """One filter: what can be chosen, and what is."""

    name: str
    label: Any
    anything: Any
    options: list[tuple[str, Any]]
    value: str


class Bar:
    """The choices of one reader, and everything that follows from them but the rows shown.

    A shape (table, timeline, board) takes `rows` today and `past` on an earlier day.
    """

    def __init__(self, choices: Choices, user: Any, process: Process) -> None:
        self.choices, self.user, self.process = choices, user, process
        as_of = choices.as_of
        self.moment: datetime | None = end_of(as_of, process) if as_of else None

    @cached_property
    def everything(self) -> list[Commitment]:
        """The whole register as it stood on the chosen day."""
        return everything_on(self.choices, self.user, self.process)

    @cached_property
    def rows(self) -> Any:
        """Today's commitments that fit, as a queryset without an order."""
        return rows_of(self.choices, self.user, self.process)

    @cached_property
    def past(self) -> list[Commitment]:
        """Those that fitted on the chosen day."""
        assert self.moment
        return [one for one in self.everything if self._fitted(self.choices, one)]

    def _fitted(self, choices: Choices, one: Commitment) -> bool:
        return fits(choices, one, self.moment or timezone.now(), self.user)

    @cached_property
    def _kept(self) -> tuple[Kept, int]:
        return kept(self.process, self.user)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Of every view under the same filters; today, where there are any, of the open one."""
        choices = self.choices
        if self.moment:
            bare = replace(choices, view="all")
            fitted = [one for one in self.everything if self._fitted(bare, one)]
            return counts_on(fitted, self.moment, self.user)
        found, own = self._kept
        if choices.is_narrowed or not found.counts:
            return {choices.view: capped(self.rows)}
        return found.counts | {"mine": own}

    @property
    def total(self) -> int:
        """How many fit; one more than `MOST` where nobody counted further."""
        return self.counts[self.choices.view]

    @property
    def is_capped(self) -> bool:
        return self.moment is None and len(self.counts) == 1 and self.total > MOST

    @cached_property
    def headline(self) -> Headline | None:
        return headline(self.everything) if self.moment else self._kept[0].headline

    @property
    def order(self) -> Any:
        return ORDERS[self.choices.sort]

    @property
    def view_label(self) -> Any:
        return VIEWS[self.choices.view]

    @cached_property
    def saved(self) -> list[SavedView]:
        """The reader's own views and those that were shared, for the tabs and their page."""
        rows = SavedView.objects.visible_to(self.user).filter(process=self.process)
        return list(rows.select_related("owner"))

    @cached_property
    def open_view(self) -> SavedView | None:
        """The saved view that these choices are."""
        query = self.choices.query(as_of=None)
        return next((one for one in self.saved if query and one.query == query), None)

    def all_tabs(self) -> dict[str, Tab]:
        """Every view that is not saved."""
        saved, count = self.open_view, self.counts
        return {
            name: Tab(
                label,
                self.choices.query(view=name),
                None if self.is_capped else count.get(name),
                name == self.choices.view and saved is None,
            )
            for name, label in VIEWS.items()
        }

    def tabs(self) -> list[Tab]:
        return [
            tab
            for name, tab in self.all_tabs().items()
            if name in _ALWAYS or tab.is_open or (name in _WITH_ROWS and tab.count)
        ]

    def saved_tabs(self) -> list[Tab]:
        """The first of them, one's own before those of others, and the one that is open."""
        mine = sorted(self.saved, key=lambda one: one.owner_id != self.user.pk)
        shown = [one for n, one in enumerate(mine) if n < _SAVED or one == self.open_view]
        count = None if self.is_capped else self.total
        return [
            Tab(one.name, self._same_day(one), count if is_open else None, is_open)
            for one in shown
            for is_open in [one == self.open_view]
        ]

    def _same_day(self, one: SavedView) -> str:
        choices = read_choices(QueryDict(one.query), self.process)
        return choices.query(as_of=self.choices.as_of)

    @property
    def parties(self) -> list[Named]:
        return self._kept[0].parties

    @cached_property
    def selects(self) -> list[Select]:
        """The filters that are a list to choose from."""
        chosen, found = self.choices, self._kept[0]
        parties = [(one.code, one.code) for one in found.parties]
        bodies = [(one.code, one.code) for one in found.bodies]
        papers = [(one.code, one.name) for one in found.agreements]
        selects = [
            Select("owes", _("Owes"), _("Anybody"), parties + bodies, chosen.owes),
            Select("leads", _("Leads"), _("Any body"), bodies, chosen.leads),
            Select("verifies", _("Verifies"), _("Any body"), bodies, chosen.verifies),
            Select("due", _("Due"), _("Any time"), list(_DUE.items()), chosen.due),
            Select("level", _("Verified"), _("Any level"), list(_LEVELS.items()), chosen.level),
            Select("track", _("Track"), _("Any track"), list(Track.choices), chosen.track),
        ]
        if len(papers) > 1 or chosen.agreement:
            selects.insert(
                0, Select("agreement", _("Agreement"), _("All"), papers, chosen.agreement)
            )
        return [_with_what_is_gone(one) for one in selects]

    def narrowed(self) -> list[Narrowed]:
        """What narrows the view, for a reader and for print."""
        chosen = self.choices
        said: list[tuple[str, Any, Any]] = [("find", _("Find"), chosen.find)]
        for one in self.selects:
            label = next((label for value, label in one.options if value == one.value), "")
            said.append((one.name, one.label, label))
        said += [
            ("due_from", _("Due from"), chosen.due_from),
            ("due_until", _("Due until"), chosen.due_until),
        ]
        return [
            Narrowed(label, value, chosen.query(**{name: getattr(Choices, name)}))
            for name, label, value in said
            if value
        ]


def _with_what_is_gone(one: Select) -> Select:
    """A code that an address names and that there is not is shown, since nothing fits it."""
    if not one.value or one.value in [value for value, _label in one.options]:
        return one
    return replace(one, options=[*one.options, (one.value, one.value)])
