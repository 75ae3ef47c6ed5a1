"""The types of a process file's fields: each reads a text, refuses with a sentence, and is written
as it is read."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, ClassVar, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.db.models import Choices, Model
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic_core import core_schema

from accounts.models import validate_time_zone
from coordination.base.recurrence import validate_rule
from coordination.bodies.models import Body
from coordination.processes.models import Party

from .calendar import parse_clock, parse_day, parse_when, quoted, write_when

_SEAT = re.compile(r"(?:(?P<body>[^/]+)/)?(?P<number>[0-9]+)")
SMALL, LARGE = 32_767, 2_147_483_647  # what the database keeps in a small and a plain integer
#: As the pages take them: members, hours, rows of a list, and characters of a note.
MANY, LONG, ROWS, LONG_TEXT = 9_999, 99_999, 200, 4_000


class Section(BaseModel):
    """A mapping of the file; a field that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WrittenAlone(Section):
    """A section with one field that matters most, whose value may stand for the whole of it."""

    main_field: ClassVar[str]

    @classmethod
    def read_alone(cls, text: str) -> dict[str, str]:
        """The fields that a value written alone stands for."""
        return {cls.main_field: text}

    @model_validator(mode="before")
    @classmethod
    def _written_alone(cls, given: Any) -> Any:
        return cls.read_alone(given) if isinstance(given, str) else given

    def write_alone(self, fields: dict[str, Any]) -> Any:
        """The value that says as much as the fields; None where it takes all of them."""
        return fields[self.main_field] if set(fields) == {self.main_field} else None

    @model_serializer(mode="wrap", when_used="json")
    def _alone(self, handler: SerializerFunctionWrapHandler) -> Any:
        fields = handler(self)
        alone = self.write_alone(fields)
        return fields if alone is None else alone

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        reference = handler(schema)
        written = handler.resolve_ref_schema(reference)
        fields = dict(written)
        written.clear()
        written["anyOf"] = [{"type": "string"}, fields]
        return reference


@dataclass(frozen=True, eq=False)
class Read:
    """Reads a value with a function that raises ValueError with a sentence.

    `write` is the way back: from the value to what stands in a file.
    """

    parse: Callable[[Any], Any]
    json_schema: dict[str, Any]
    write: Callable[[Any], str] = str

    def __get_pydantic_core_schema__(self, *_: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self.write, when_used="json-unless-none"
            ),
        )

    def __get_pydantic_json_schema__(self, *_: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.json_schema)


Entry = TypeVar("Entry")


class OneOrMore:
    """A list, or one entry that stands in its place."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        listed = handler(source)
        return core_schema.no_info_before_validator_function(
            lambda given: given if isinstance(given, list) else [given],
            listed,
            serialization=core_schema.wrap_serializer_function_ser_schema(
                self.write, schema=listed, when_used="json"
            ),
        )

    @staticmethod
    def write(entries: Any, handler: SerializerFunctionWrapHandler) -> Any:
        """One entry that is a plain text stands without its list."""
        written = handler(entries)
        return written[0] if len(written) == 1 and isinstance(written[0], str) else written

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        listed = handler(schema)
        return {"anyOf": [listed["items"], listed]}


Several = Annotated[list[Entry], OneOrMore()]


def one_of(choices: type[Choices], noun: str, but: tuple[str, ...] = ()) -> Read:
    """One of a model's choices, by its word; numbered ones go by their names."""
    words = {
        (choice.value if isinstance(choice.value, str) else choice.name.lower()): choice.value
        for choice in choices
        if choice.value not in but
    }
    written = {value: word for word, value in words.items()}

    def parse(given: Any) -> Any:
        if isinstance(given, str) and given in words:
            return words[given]
        raise ValueError(f"{quoted(given)} is not {noun}; use one of {', '.join(words)}")

    return Read(parse, {"type": "string", "enum": list(words)}, lambda value: written[value])


def size(model: type[Model], field: str) -> int:
    """How many characters the model's field keeps."""
    length = getattr(model._meta.get_field(field), "max_length", None)
    assert isinstance(length, int)
    return length


def _matching(pattern: str, sentence: str) -> Read:
    fits = RegexValidator(rf"\A(?:{pattern})\Z")

    def parse(given: Any) -> str:
        try:
            if isinstance(given, str):
                fits(given)
                return given
        except ValidationError:
            pass
        raise ValueError(f"{quoted(given)} {sentence}")

    return Read(parse, {"type": "string", "pattern": f"^(?:{pattern})$"})


def _code(given: Any) -> str:
    sentence = (
        "a code has at most 16 capitals, digits and / + . - and begins with a capital or a digit"
    )
    try:
        if isinstance(given, str) and len(given) <= size(Party, "code"):
            for validator in Party._meta.get_field("code").validators:
                validator(given)
            return given
    except ValidationError:
        pass
    raise ValueError(f"{quoted(given)} is not a code: {sentence}")


def _body_code(given: Any) -> str:
    try:
        if isinstance(given, str):
            for validator in Body._meta.get_field("code").validators:
                validator(given)
            return given
    except ValidationError:
        pass
    raise ValueError(
        f"{quoted(given)} is not a body's code: it has at most {size(Body, 'code')} letters, "
        "digits and + . - and begins with a letter or a digit"
    )


class SeatNamed(NamedTuple):
    """What “JMC/3” or “3” says."""

    body: str | None
    number: str | None


def seat_named(text: str) -> SeatNamed | None:
    """The body and the number in “JMC/3”; no body in “3”; None where it names no seat."""
    found = _SEAT.fullmatch(text)
    return SeatNamed(found["body"], found["number"]) if found else None


def _email(given: Any) -> str:
    try:
        if isinstance(given, str) and len(given) <= 254:
            validate_email(given)
            return given.lower()
    except ValidationError:
        pass
    raise ValueError(f"{quoted(given)} is not an e-mail address")


def _time_zone(given: Any) -> str:
    try:
        if isinstance(given, str):
            validate_time_zone(given)
            ZoneInfo(given)
            return given
    except (ValidationError, OSError, ValueError):
        pass
    raise ValueError(f"{quoted(given)} is not a time zone; write it like Europe/Sarajevo")


def _rule(given: Any) -> str:
    if not isinstance(given, str):
        raise ValueError(f"{quoted(given)} is not a recurrence rule; write it like {_RULE_EXAMPLE}")
    if "UNTIL=" in given.upper():
        raise ValueError("give the last day as until:, not in the rule, so that it can be shifted")
    try:
        validate_rule(given)
    except Exception as error:  # the parser of rules raises what it comes upon
        raise ValueError(
            f"{quoted(given)} is not a recurrence rule of RFC 5545; write it like {_RULE_EXAMPLE}"
        ) from error
    return given


def _number(given: Any) -> Decimal:
    """A number with two decimals at most, as the database keeps it."""
    if isinstance(given, str) and _NUMBER.fullmatch(given):
        return Decimal(given)
    raise ValueError(
        f"{quoted(given)} is not a number; write it like 22000 or 7.5, with two decimals at most"
    )


_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")
_RULE_EXAMPLE = "FREQ=WEEKLY;BYDAY=TH"
_TEXT = {"type": "string"}

Day = Annotated[date, Read(parse_day, {"type": "string", "format": "date"})]
When = Annotated[
    date | datetime,
    Read(
        parse_when,
        {"type": "string", "examples": ["1996-01-19", "1996-01-19T10:00+01:00"]},
        write_when,
    ),
]
Clock = Annotated[
    time,
    Read(parse_clock, {"type": "string", "pattern": r"^\d{2}:\d{2}$"}, "{:%H:%M}".format),
]
Number = Annotated[
    Decimal,
    Read(_number, {"type": ["number", "string"]}, lambda value: f"{value.normalize():f}"),
]
Code = Annotated[
    str, Read(_code, {"type": "string", "maxLength": 16, "pattern": "^[A-Z0-9][A-Z0-9/+.-]*$"})
]
BodyCode = Annotated[
    str,
    Read(
        _body_code, {"type": "string", "maxLength": 16, "pattern": "^[A-Za-z0-9][A-Za-z0-9+.-]*$"}
    ),
]
Key = Annotated[
    str,
    _matching(
        "[A-Za-z0-9_-]{1,40}",
        "is not a key: a key has at most 40 letters without accents, digits, - and _",
    ),
]
Language = Annotated[
    str,
    _matching("(?=.{2,12}\\Z)[a-z]{2,3}(-[a-z0-9]+)*", "is not a language; write it like en-gb"),
]
Email = Annotated[str, Read(_email, {"type": "string", "format": "email"})]
TimeZone = Annotated[str, Read(_time_zone, _TEXT | {"examples": ["Europe/Sarajevo"]})]
Rule = Annotated[str, Read(_rule, _TEXT | {"examples": [_RULE_EXAMPLE]})]


class Lasting(Section):
    """What holds from one day on, and on another no longer."""

    starts: Day | None = Field(None, alias="from", description="First day; always without it.")
    ended: Day | None = Field(None, description="First day on which it is no longer so.")
