"""What programs send: JSON that says one thing, and parameters and fields that are known."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import JSONParser

from .dates import validate_year_range

#: Parameters that every list knows.
PAGES = ("cursor", "page_size")
#: A day as it is written, in the years that are known.
A_DAY = r"(18|19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"
LONGEST_PARAMETER = 200
LARGEST_ID = 2**63 - 1
LARGEST_BODY = 256 * 1024
DEEPEST_BODY = 16

_DAY_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT_SHAPE = re.compile(
    _DAY_SHAPE.pattern + r"[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def check_parameters(request: Any, known: Iterable[str] = PAGES) -> None:
    """Answer 400 to a parameter that is not known, says nothing, or is given twice."""
    known = sorted(known)
    those = f"; those known here are {', '.join(known)}" if known else ""
    none = f"There is no such parameter{those}."
    wrong = {}
    for name, values in request.query_params.lists():
        if name not in known:
            wrong[name] = [none]
        elif len(values) > 1:
            wrong[name] = ["Give it once."]
        elif not values[0]:
            wrong[name] = ["Say something, or leave the parameter out."]
        elif len(values[0]) > LONGEST_PARAMETER:
            wrong[name] = [f"Write at most {LONGEST_PARAMETER} characters."]
    if wrong:
        raise ValidationError(wrong)


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"Send at most {LARGEST_BODY // 1024} KiB."


class StrictParser(JSONParser):
    """JSON in UTF-8, neither large nor deep, and no key twice in one object."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        sent = stream.read(LARGEST_BODY + 1)
        if len(sent) > LARGEST_BODY:
            raise TooLarge
        try:
            said = json.loads(
                sent.decode(), object_pairs_hook=_once_each, parse_constant=_no_number
            )
            _measure(said)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error
        return said


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Programs differ in which of two equal keys they believe."""
    said = dict(pairs)
    if len(said) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return said


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _measure(said: Any, depth: int = 0) -> None:
    if depth > DEEPEST_BODY:
        raise ValueError("nested too deeply")
    if isinstance(said, dict | list):
        for part in said.values() if isinstance(said, dict) else said:
            _measure(part, depth + 1)


#: In what JSON a field is sent. Nothing is read as what it is not: "yes" as true, 1.0 as "1.0".
_JSON = (
    (serializers.BooleanField, bool, "Write true or false."),
    (serializers.IntegerField, int, "Write a whole number, without quotation marks."),
    (serializers.DecimalField, str, "Write a number in quotation marks."),
    *(
        (kind, str, "Write text, in quotation marks.")
        for kind in (
            serializers.CharField,
            serializers.DateField,
            serializers.DateTimeField,
            serializers.UUIDField,
        )
    ),
)


class Sent(serializers.Serializer):
    """What a program sends: its own keys and no others, each in the type that is documented."""

    def to_internal_value(self, data: Any) -> Any:
        wrong: dict[str, Any] = {}
        if isinstance(data, Mapping):
            names = ", ".join(sorted(self.fields))
            none = f"There is no such field; those known here are {names}."
            wrong = {str(key): [none] for key in data if key not in self.fields}
            for name, field in self.fields.items():
                if data.get(name) is not None and (words := _not_its_type(field, data[name])):
                    wrong[name] = [words]
        try:
            said = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError({**error.detail, **wrong}) from error  # type: ignore[dict-item]
        if wrong:
            raise ValidationError(wrong)
        return said


def _not_its_type(field: Any, value: Any) -> str:
    """What is wrong with the type of a value; nothing where it is right."""
    if isinstance(field, serializers.ChoiceField):
        types = {type(key) for key in field.choices} | ({str} if field.allow_blank else set())
        return "" if type(value) in types else "Write one of the values that are documented."
    for kind, wanted, words in _JSON:
        if isinstance(field, kind):
            return "" if type(value) is wanted else words
    return ""


class DaySent(serializers.DateField):
    """A day as YYYY-MM-DD; ISO 8601 has other ways to write it, which are not read here."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validators=[validate_year_range], **kwargs)

    def to_internal_value(self, value: Any) -> date:
        if not (isinstance(value, str) and _DAY_SHAPE.fullmatch(value)):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class MomentSent(serializers.DateTimeField):
    """A moment with its offset, so that nobody has to guess in whose time it is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validators=[validate_year_range], **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        if not (isinstance(value, str) and _MOMENT_SHAPE.fullmatch(value)):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+hh:mm")
        return super().to_internal_value(value)


class DayAsked(forms.DateField):
    """The same in a parameter."""

    default_error_messages = {"invalid": "Write a day as YYYY-MM-DD."}

    def __init__(self, **kwargs: Any) -> None:
        kwargs["validators"] = [validate_year_range]
        super().__init__(**kwargs | {"input_formats": ["%Y-%m-%d"]})

    def to_python(self, value: Any) -> Any:
        if value and not _DAY_SHAPE.fullmatch(str(value)):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class IdAsked(forms.Field):
    """The id of a row, in a parameter."""

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        text = str(value)
        if not re.fullmatch("[0-9]{1,19}", text) or not 1 <= int(text) <= LARGEST_ID:
            raise forms.ValidationError("Write the id of a row, a whole number.")
        return int(text)
