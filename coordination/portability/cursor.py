"""A tolerant way through data that may be wrong in any place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter

from .calendar import parse_day, parse_when
from .problems import Path

Read = TypeVar("Read")

#: As the schema reads them, so that 3.0 is 3 and "y" is true to both.
_WHOLE, _TRUTH = TypeAdapter(int), TypeAdapter(bool)


@dataclass(frozen=True)
class Spot:
    """A value of the file and its path.

    What has the wrong shape is passed over: the schema reports it, and the checks of meaning go on
    with the rest, so that everything is reported at once.
    """

    value: Any
    path: Path = ()

    def __getitem__(self, key: str) -> "Spot":
        inner = self.value.get(key) if isinstance(self.value, dict) else None
        return Spot(inner, (*self.path, key))

    def each(self, key: str) -> Iterator["Spot"]:
        """The entries of a list."""
        entries = self[key].value
        if isinstance(entries, list):
            for index, entry in enumerate(entries):
                yield Spot(entry, (*self.path, key, index))

    def several(self, key: str) -> Iterator["Spot"]:
        """The entries of a list, or the one thing that stands in its place."""
        if self[key].value is not None and not isinstance(self[key].value, list):
            yield self[key]
        yield from self.each(key)

    def alone(self, key: str) -> "Spot":
        """The field, or the text that stands for it and for the whole section."""
        return self if self.text else self[key]

    @property
    def text(self) -> str | None:
        return self.value if isinstance(self.value, str) else None

    @property
    def email(self) -> str | None:
        return self.text.lower() if self.text else None

    @property
    def day(self) -> date | None:
        return _read(parse_day, self.value)

    @property
    def when(self) -> date | datetime | None:
        return _read(parse_when, self.value)

    @property
    def whole_number(self) -> int | None:
        return _read(_WHOLE.validate_python, self.text) if self.text else None

    @property
    def truth(self) -> bool | None:
        return _read(_TRUTH.validate_python, self.text) if self.text else None


def _read(parse: Callable[[Any], Read], value: Any) -> Read | None:
    try:
        return parse(value) if value is not None else None
    except ValueError:
        return None
