"""Reading YAML into plain data, with the line and column of every value.

Every scalar stays the text that was typed: the party NO is not false, and 7.10 is not 7.1. The
schema gives the texts their types. What can make a small file large or deep is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from .problems import FileRefused, Path, Problem, shortened

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 30
# libyaml reads about ten times as fast; both keep scalars as they are.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass
class Source:
    """A file's data (mappings, lists and texts) and the place of each value."""

    name: str
    data: Any = None
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)


def read_source(name: str, content: bytes) -> Source:
    """The file's plain data; raises `FileRefused` at the first thing that is no usable YAML."""
    if len(content) > MAX_BYTES:
        raise _refused(name, None, "the file is over 2 MB; a process file is text only")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused(name, (line, 1), "this is not UTF-8; save the file as UTF-8") from error
    source = Source(name)
    try:
        events = iter(yaml.parse(text, Loader=_LOADER))
        source.data = _Builder(source, events).document()
    except yaml.MarkedYAMLError as error:
        place = _place(error.problem_mark) if error.problem_mark else None
        raise _refused(name, place, _explained(error, text)) from error
    except yaml.YAMLError as error:
        sentence = "the file holds a character that YAML does not allow; save it as plain text"
        raise _refused(name, None, sentence) from error
    return source


class _Builder:
    """Builds the data from the parser's events, so that nothing unwanted is ever built."""

    def __init__(self, source: Source, events: Iterator[yaml.Event]) -> None:
        self.source, self.events = source, events

    def document(self) -> Any:
        data = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.refused(event, "a process file holds one document; remove the ---")
                data = self.value(next(self.events), ())
        return data

    def value(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self.refused(event, "aliases and anchors (* and &) are not used here; repeat it")
        if event.tag:
            raise self.refused(event, f"tags ({event.tag}) are not used here; remove it")
        if len(path) > MAX_DEPTH:
            raise self.refused(event, f"this is nested deeper than {MAX_DEPTH} levels")
        self.source.places[path] = _place(event.start_mark)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(path)
        return self.scalar(event)

    def mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        seen: set[str] = set()
        for event in iter(lambda: next(self.events), None):
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                raise self.refused(event, "a field's name is a plain word here")
            key = self.value(event, (*path, ""))
            if key is None:
                raise self.refused(event, "a field has no name here")
            if key in seen:
                raise self.refused(event, f"“{shortened(key)}” stands here a second time")
            seen.add(key)
            place = self.source.places[(*path, key)] = self.source.places.pop((*path, ""))
            content = self.value(next(self.events), (*path, key))
            self.source.places[(*path, key)] = place  # a field is where its name is
            if content is not None:
                found[key] = content
        return found

    def sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        for event in iter(lambda: next(self.events), None):
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self.value(event, (*path, len(found))))
        return found

    def scalar(self, event: yaml.ScalarEvent) -> str | None:
        """The text without white space around it; None where nothing was typed."""
        text = event.value.strip()
        for character in text:
            if (character < " " and character not in "\n\t") or "\ud800" <= character <= "\udfff":
                raise self.refused(event, "this text holds a control character; remove it")
        return text or None

    def refused(self, event: Any, sentence: str) -> FileRefused:
        return _refused(self.source.name, _place(event.start_mark), sentence)


def _place(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _explained(error: yaml.MarkedYAMLError, text: str) -> str:
    if error.problem_mark:
        line = "".join(text.splitlines()[error.problem_mark.line :][:1])
        if "\t" in line[: len(line) - len(line.lstrip())]:
            return "tabs cannot indent a line in YAML; use spaces"
    problem = error.problem or "it breaks off"
    return f"this is not YAML ({problem}); check the indentation, the colons and the quotes"


def _refused(name: str, place: tuple[int, int] | None, sentence: str) -> FileRefused:
    line, column = place or (None, None)
    return FileRefused(name, [Problem(line, column, (), sentence)])
