"""What the API's document says of every operation alike: its bounds, and its refusals."""

import functools
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request

from .pagination import A_CURSOR, LARGEST_PAGE, LAST_PAGE
from .sent import A_DAY, LARGEST_ID, LONGEST_PARAMETER

_REFERENCE = "#/components/schemas/"
#: A text that PostgreSQL can hold, and one that says something as well.
_TEXT = r"^[^\u0000]*$"
_SAYING = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"

_COMPONENTS: dict[str, Any] = {
    "Detail": {
        "type": "object",
        "description": "A refusal in one sentence.",
        "properties": {"detail": {"type": "string"}},
        "required": ["detail"],
        "additionalProperties": False,
    },
    "FieldErrors": {
        "type": "object",
        "description": "What to correct, in sentences by field or parameter; those of a row in a "
        "list by its place. What concerns no field is under `detail` or `non_field_errors`.",
        "additionalProperties": {
            "anyOf": [
                {"type": "array", "items": {"type": "string"}},
                {"type": "array", "items": {"$ref": f"{_REFERENCE}FieldErrors"}},
                {"$ref": f"{_REFERENCE}FieldErrors"},
            ]
        },
    },
    "BadRequest": {
        "anyOf": [
            {"$ref": f"{_REFERENCE}FieldErrors"},
            {"$ref": f"{_REFERENCE}Detail"},
        ]
    },
}
_EVERY = {
    "400": ("BadRequest", "A parameter or a field is not understood, or is not known."),
    "401": ("Detail", "You are not signed in, or the token is not valid."),
    "403": ("Detail", "You may not do this, or not before you set up a second step."),
    "406": ("Detail", "Only JSON is answered."),
}
_OF_ONE = {"404": ("Detail", "There is no such row, or you may not see it.")}
_ACTED = {"409": ("Detail", "Somebody else was first; read it again.")}
_SENT = {
    "413": ("Detail", "More is sent than is ever needed."),
    "415": ("Detail", "Only JSON in UTF-8 is read."),
}
_ALL = _EVERY | _OF_ONE | _ACTED | _SENT


class DocumentView(SpectacularJSONAPIView):
    """The document: the same for everybody who may read it, and made once in a process."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        said = document(translation.get_language())
        return HttpResponse(said, content_type=request.accepted_renderer.media_type)


@functools.cache
def document(_language: str | None) -> bytes:
    """Making it takes a second or more."""
    said = SchemaGenerator().get_schema(request=None, public=True)
    return OpenApiJsonRenderer().render(said)


def say_all(result: Any, **_how: Any) -> Any:
    """Add to the document what the base classes of the API do, so that no resource repeats it."""
    schemas = result["components"]["schemas"]
    for name, schema in schemas.items():
        if name.endswith("Request"):
            _bound_body(schema)
    schemas.update(_COMPONENTS)
    for path, method, operation in _operations(result):
        for parameter in operation.get("parameters", []):
            _bound_parameter(parameter)
        _refuse(path, method, operation)
    _link(result["paths"])
    return result


def _operations(result: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _link(paths: Any) -> None:
    """Where the rows of a list lead to, and where one row does."""
    for path, methods in paths.items():
        start, bracket, rest = path.partition("{")
        if not bracket:
            continue
        key = rest.partition("}")[0]
        one = f"{start}{{{key}}}/"
        for source, place in ((start, f"results/0/{key}"), (one, key)):
            links = paths.get(source, {}).get("get", {}).get("responses", {}).get("200")
            if links is None or source == path:
                continue
            for operation in methods.values():
                name = operation["operationId"]
                links.setdefault("links", {})[name] = {
                    "operationId": name,
                    "parameters": {key: f"$response.body#/{place}"},
                }


def _bound_parameter(parameter: Any) -> None:
    schema = parameter["schema"]
    if schema["type"] == "integer":
        most = {"page_size": LARGEST_PAGE, "page": LAST_PAGE}.get(parameter["name"], LARGEST_ID)
        schema.update({"minimum": 1, "maximum": most, "format": "int64"})
    elif parameter["name"] == "cursor":
        schema["pattern"] = f"^{A_CURSOR}$"
    elif schema.get("format") == "date":
        schema["pattern"] = f"^{A_DAY}$"
    elif schema["type"] == "string" and "enum" not in schema:
        schema.update({"minLength": 1, "maxLength": LONGEST_PARAMETER, "pattern": _TEXT})


def _bound_body(schema: Any) -> None:
    """A serializer of what is sent refuses other keys: see `Sent`."""
    schema["additionalProperties"] = False
    for field in schema["properties"].values():
        if field.get("format") == "date":
            field["pattern"] = f"^{A_DAY}$"
        elif field.get("format") == "date-time":
            field["pattern"] = f"^{A_DAY}[Tt]"
        elif field.get("type") == "string" and "format" not in field:
            field["pattern"] = _SAYING if field.get("minLength") else _TEXT


def _refuse(path: str, method: str, operation: Any) -> None:
    said = operation["responses"]
    refusals = _EVERY | (_OF_ONE if "{" in path else {})
    if method in ("post", "put"):
        refusals |= _ACTED
    if "requestBody" in operation:
        refusals |= _SENT
    for status in _ALL:
        if status in refusals or status in said:
            component, words = _ALL[status]
            answer = said.setdefault(status, {"description": words})
            schema = {"schema": {"$ref": f"{_REFERENCE}{component}"}}
            answer.setdefault("content", {"application/json": schema})
    operation["responses"] = dict(sorted(said.items()))
