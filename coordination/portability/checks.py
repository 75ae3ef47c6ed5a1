"""What every check of a process file's meaning uses."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .calendar import Calendar
from .cursor import Spot
from .problems import Path, Places, Problem, did_you_mean, problem_at, shortened


@dataclass
class Checks:
    """What is known of the file, and what was found wrong with it so far."""

    file: Spot
    places: Places
    calendar: Calendar
    today: date | None
    problems: list[Problem] = field(default_factory=list)
    _names: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)
    _entries: dict[tuple[str, str], dict[str, Spot]] = field(default_factory=dict)

    def refuse(self, path: Path, sentence: str) -> None:
        self.problems.append(problem_at(path, sentence, self.places))

    def known(self, section: str, key: str) -> dict[str, None]:
        """The names in a section, in its order; e-mail addresses in lower case."""
        if (section, key) not in self._names:
            named = (spot[key] for spot in self.file.each(section))
            names = (spot.email if key == "email" else spot.text for spot in named)
            self._names[section, key] = dict.fromkeys(name for name in names if name)
        return self._names[section, key]

    def named(self, section: str, key: str, name: str | None) -> Spot | None:
        """The entry of a section that has a name; None where there is none, or no name."""
        if (section, key) not in self._entries:
            entries = {named: spot for spot in self.file.each(section) if (named := spot[key].text)}
            self._entries[section, key] = entries
        return self._entries[section, key].get(name or "")

    def refer(self, spot: Spot, section: str, key: str, noun: str) -> None:
        """Refuse a name that the section does not hold."""
        name = spot.email if key == "email" else spot.text
        if key == "email" and name and "@" not in name:
            return  # the schema says that it is no address
        if name:
            self.refer_to(spot, name, section, key, noun)

    def refer_to(self, spot: Spot, name: str, section: str, key: str, noun: str) -> bool:
        """Whether the section holds a name that stands at a place; refuses it where not."""
        known = self.known(section, key)
        if name not in known:
            ending = did_you_mean(name, list(known)) if known else f"; the file has no {section}"
            self.refuse(spot.path, f"“{shortened(name)}” is not {noun} in this file{ending}")
        return name in known

    def party(self, spot: Spot) -> None:
        self.refer(spot, "parties", "code", "a party")

    def body(self, spot: Spot) -> None:
        self.refer(spot, "bodies", "code", "a body")

    def person(self, spot: Spot) -> None:
        self.refer(spot, "people", "email", "the e-mail of a person")

    def commitment(self, spot: Spot) -> None:
        self.refer(spot, "commitments", "ref", "the ref of a commitment")

    def in_order(self, first: Spot, second: Spot, sentence: str) -> None:
        """Refuse a second day that comes before the first."""
        if first.day and second.day and second.day < first.day:
            self.refuse(second.path, sentence)

    def not_in_future(self, spot: Spot) -> None:
        """Refuse a report of a day that is yet to come, save where the file is to be rebased."""
        when = spot.when
        if self.today and when is not None and self.calendar.local_day(when) > self.today:
            self.refuse(spot.path, f"{self.calendar.local_day(when)} lies in the future")

    def once(self, spots: Iterable[Spot], noun: str, read: Callable[[Spot], Any]) -> None:
        """Refuse what stands in a list for a second time."""
        seen: dict[Any, Spot] = {}
        for spot in spots:
            value = read(spot)
            if value is None:
                continue
            if value in seen:
                line = problem_at(seen[value].path, "", self.places).line
                shown = shortened(str(spot.text or value))
                self.refuse(spot.path, f"{noun} “{shown}” is taken already, in line {line}")
            else:
                seen[value] = spot


def text_of(spot: Spot) -> str | None:
    return spot.text


def closing(
    spots: Iterable[Spot], key: str, links: Callable[[Spot], Iterable[Spot]]
) -> Iterator[Spot]:
    """The links that lead back to where one came from, one a circle, where the file names it last.

    `key` is the field by which links name what they lead to.
    """
    following = {
        name: [link for link in links(spot) if link.text]
        for spot in spots
        if (name := spot[key].text)
    }
    done: set[str] = set()
    for start in following:
        walk, being_walked = [(start, list(following[start]))], {start}
        while walk:
            name, left = walk[-1]
            if name in done or not left:
                done.add(name)
                being_walked.discard(name)
                walk.pop()
                continue
            link = left.pop()
            target = link.text or ""
            if target in being_walked:
                yield link
            elif target in following and target not in done:
                walk.append((target, list(following[target])))
                being_walked.add(target)


def refuse_circle(checks: Checks, link: Spot, verb: str) -> None:
    checks.refuse(link.path, f"“{shortened(link.text or '')}” {verb} itself in a circle")
