"""What a reader chose of the register: all of it stands in the address, and can be shared."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from coordination.base.dates import read_day
from coordination.processes.models import Process, Track

#: The views, in the order of the tabs. What puts a commitment into one: `rows.rule_of`.
VIEWS = {
    "all": _("All"),
    "open": _("Open"),
    "overdue": _("Overdue"),
    "at-risk": _("At risk"),
    "to-verify": _("To verify"),
    "contradicted": _("Contradicted"),
    "in-breach": _("In breach"),
    "flagged": _("Flagged"),
    "met": _("Met"),
    "mine": _("My check-ins"),
    "fallen-due": _("Fallen due"),
    "reported-full": _("Reported in full"),
    "verified-full": _("Verified in full"),
    "unverified": _("Nobody verifies"),
    "unled": _("Nobody leads"),
}
SORTS = ("due", "number", "reference", "title", "check-in")
DUES = ("passed", "30", "90", "none")
LEVELS = ("none", "0", "1", "2", "3", "below")
#: Every column, in its order; the commitment itself is always there.
COLUMNS = (
    *("number", "reference", "title", "owes", "leads", "verifies", "due", "day", "standing"),
    *("reported", "verified", "check-in", "kind", "track", "priority"),
)
USUAL_COLUMNS = (
    *("reference", "title", "owes", "leads", "verifies", "due", "day", "standing"),
    *("reported", "verified", "check-in"),
)
SIZES = (25, 50, 100)


@dataclass(frozen=True)
class Choices:
    """One view, narrowed by filters, in an order; and how its rows are shown."""

    view: str = "all"
    find: str = ""
    agreement: str = ""
    owes: str = ""
    leads: str = ""
    verifies: str = ""
    due: str = ""
    due_from: date | None = None
    due_until: date | None = None
    level: str = ""
    track: str = ""
    #: One of `SORTS`, with a minus before it where the last comes first.
    sort: str = "due"
    #: A day before today; None for today.
    as_of: date | None = None
    columns: tuple[str, ...] = USUAL_COLUMNS
    compact: bool = False
    size: int = SIZES[0]

    #: What narrows a view.
    FILTERS = (
        *("find", "agreement", "owes", "leads", "verifies", "due", "due_from", "due_until"),
        *("level", "track"),
    )

    @property
    def is_narrowed(self) -> bool:
        return any(getattr(self, name) for name in self.FILTERS)

    def query(self, **changes: Any) -> str:
        """These choices in an address, without its “?”: only what is not as usual."""
        return urlencode(replace(self, **changes)._said())

    def pairs(self, *without: str) -> list[tuple[str, str]]:
        """The same as names and values, for a form that carries them on."""
        return [(name, value) for name, value in self._said() if name not in without]

    def plain(self) -> "Choices":
        """The same view with nothing narrowed."""
        return replace(self, **{name: getattr(_USUAL, name) for name in self.FILTERS})

    def _said(self) -> list[tuple[str, str]]:
        said = []
        for name in ("view", *self.FILTERS, "sort", "as_of"):
            value = getattr(self, name)
            if value != getattr(_USUAL, name):
                said.append((name, str(value)))
        if self.columns != USUAL_COLUMNS:
            said.append(("columns", ",".join(self.columns)))
        if self.compact:
            said.append(("density", "compact"))
        if self.size != SIZES[0]:
            said.append(("rows", str(self.size)))
        return said


_USUAL = Choices()


def read_choices(asked: Any, process: Process) -> Choices:
    """From an address (a `QueryDict`). Never fails: what is no choice is left out."""

    def one_of(name: str, known: tuple[str, ...], usual: str = "") -> str:
        value = asked.get(name, "")
        return value if value in known else usual

    def words(name: str) -> str:
        # PostgreSQL refuses a NUL in any text; in an address inside another nobody else looks.
        return asked.get(name, "").replace("\0", "")[:80].strip()

    known_sorts = (*SORTS, *(f"-{name}" for name in SORTS))
    as_of = read_day(asked.get("as_of", ""))
    size = one_of("rows", tuple(str(one) for one in SIZES), str(SIZES[0]))
    return Choices(
        view=one_of("view", tuple(VIEWS), "all"),
        find=words("find"),
        agreement=words("agreement"),
        owes=words("owes"),
        leads=words("leads"),
        verifies=words("verifies"),
        due=one_of("due", DUES),
        due_from=read_day(asked.get("due_from", "")),
        due_until=read_day(asked.get("due_until", "")),
        level=one_of("level", LEVELS),
        track=one_of("track", tuple(Track.values)),
        sort=one_of("sort", known_sorts, "due"),
        as_of=as_of if as_of and as_of < process.today() else None,
        columns=_columns(asked),
        compact=asked.get("density") == "compact",
        size=int(size),
    )


def _columns(asked: Any) -> tuple[str, ...]:
    """From `columns=a,b` as well as from `columns=a&columns=b`, as boxes send them."""
    wanted = {name for text in asked.getlist("columns") for name in text.split(",")}
    known = tuple(name for name in COLUMNS if name in wanted or name == "title")
    return known if len(known) > 1 else USUAL_COLUMNS
