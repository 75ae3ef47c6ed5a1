"""What the schema refuses, in words that need no knowledge of the schema."""

import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from .calendar import quoted
from .problems import Path, Places, Problem, did_you_mean, problem_at, shortened
from .schema import ProcessFile

#: Fields whose value may be written alone, in the place of their section.
_WRITTEN_ALONE = ("on", "owner", "to", "party", "body", "number", "seat", "commitment")


def from_schema(error: ValidationError, places: Places) -> list[Problem]:
    """Every error of the schema with its place and a sentence."""
    found = []
    for one in error.errors(include_url=False):
        path = _as_written(tuple(one["loc"]), places)
        # due: 1998-05-22 is due.on, and owed_by: [BA] is owed_by[0].owner.
        if one["type"] != "missing" and path[-1] in _WRITTEN_ALONE and path not in places:
            path = path[:-1]
        found.append(problem_at(path, _sentence(one, path), places))
    return found


def _as_written(path: Path, places: Places) -> Path:
    """Without the index of an entry that stands in the place of its list."""
    written: Path = ()
    for step in path:
        if not isinstance(step, int) or (*written, step) in places:
            written = (*written, step)
    return written


def _sentence(error: Mapping[str, Any], path: Path) -> str:
    kind, given, limits = error["type"], error.get("input"), error.get("ctx") or {}
    if kind == "value_error":
        return str(limits["error"])
    if kind == "extra_forbidden":
        name = str(path[-1])
        known = _fields_at(path[:-1])
        return f"“{shortened(name)}” is not a field here{did_you_mean(name, known)}"
    if given is None and kind != "missing":
        return "this is empty; give it a value or leave it out"
    say = _WORDS.get(kind)
    return say(given, limits) if say else f"{quoted(given)} cannot stand here"


def _length(given: Any, limits: Mapping[str, Any]) -> str:
    if isinstance(given, list) and not given:
        return "this list is empty; give it an entry"
    if isinstance(given, list):
        return f"this list is too long: {len(given)} entries, and {limits['max_length']} are kept"
    return f"this is too long: {len(given)} characters, and {limits['max_length']} are kept"


_WORDS: dict[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "missing": lambda _, __: "this field is missing",
    "model_type": lambda given, _: f"{quoted(given)} stands where fields are expected (name: ...)",
    "model_attributes_type": lambda given, _: (
        f"{quoted(given)} stands where fields are expected (name: ...)"
    ),
    "list_type": lambda _, __: "this must be a list; begin each entry with a dash",
    "string_type": lambda given, _: f"{_shape(given)} stands where a text is expected",
    "int_type": lambda given, _: f"{_shape(given)} stands where a whole number is expected",
    "int_parsing": lambda given, _: f"{quoted(given)} is not a whole number",
    "int_parsing_size": lambda given, _: f"{quoted(given)} is too large a number",
    "int_from_float": lambda given, _: f"{quoted(given)} is not a whole number",
    "bool_type": lambda given, _: f"{quoted(given)} is neither true nor false",
    "bool_parsing": lambda given, _: f"{quoted(given)} is neither true nor false",
    "greater_than_equal": lambda given, limits: (
        f"{quoted(given)} is too small; {limits['ge']} is the least"
    ),
    "less_than_equal": lambda given, limits: (
        f"{quoted(given)} is too large; {limits['le']} is the most"
    ),
    "string_too_long": _length,
    "too_long": _length,
    "too_short": _length,
}


def _shape(given: Any) -> str:
    return "a list" if isinstance(given, list) else "a group of fields"


def _fields_at(path: Path) -> list[str]:
    """The names of the fields that may stand at a path."""
    model: type[BaseModel] | None = ProcessFile
    for step in path:
        if model is None or isinstance(step, int):
            continue
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        model = section_in(fields[step].annotation) if step in fields else None
    return [f.alias or name for name, f in model.model_fields.items()] if model else []


def section_in(annotation: Any) -> type[BaseModel] | None:
    """The section inside list[...], ... | None and Annotated[...]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (list, Union, types.UnionType, Annotated):
        inner = (section_in(argument) for argument in get_args(annotation))
        return next((section for section in inner if section), None)
    return None
