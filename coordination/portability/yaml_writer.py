"""Writing plain data as YAML that a person reads and `yaml_source` reads back unchanged."""

from collections.abc import Iterable
from typing import Any

import yaml
from yaml.emitter import Emitter
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import BaseResolver
from yaml.serializer import Serializer

#: How long a line may get before entries are written one field a line, and texts are folded.
LINE, TEXT = 100, 100

#: What YAML takes for the end of a line, besides a line feed.
_OTHER_BREAKS = set("\x85\u2028\u2029")
_SCALAR = BaseResolver.DEFAULT_SCALAR_TAG
_LIST = BaseResolver.DEFAULT_SEQUENCE_TAG
_MAPPING = BaseResolver.DEFAULT_MAPPING_TAG


def write_source(data: dict[str, Any], heading: Iterable[str] = ()) -> str:
    """The file's text: comments at the top, then its sections with a blank line between them."""
    sections = [yaml.serialize(_section(*one), Dumper=_Dumper) for one in data.items()]
    comments = "".join(f"# {line}\n" for line in heading)
    return comments + "\n".join(sections)


def readable(text: str) -> str:
    """A text without what a process file cannot hold: control characters and white space around."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c >= " " or c in "\n\t").strip()


class _Dumper(Emitter, Serializer, BaseResolver):
    """Writes every scalar as the text that it is: NO needs no quotes here, and no line is broken
    where a text has no break."""

    def __init__(self, stream: Any, **_: Any) -> None:
        Emitter.__init__(self, stream, allow_unicode=True, width=TEXT)
        Serializer.__init__(self)
        BaseResolver.__init__(self)

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)

    def write_plain(self, text: str, split: bool = True) -> None:
        super().write_plain(text, split=False)

    def write_single_quoted(self, text: str, split: bool = True) -> None:
        super().write_single_quoted(text, split=False)

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        super().write_double_quoted(text, split=False)


def _section(name: str, content: Any) -> Node:
    """A section at the left edge, whose own fields or entries stand below its name."""
    node = _node(content, 0)
    return MappingNode(_MAPPING, [(_scalar(name), node)], flow_style=False)


def _node(value: Any, indent: int, *, name: str = "", in_line: bool = False) -> Any:
    """A value at an indentation, behind its name where it has one.

    `in_line` is for what stands inside brackets, where nothing takes a line of its own.
    """
    fits = indent + len(name) + 2 + _length(value) <= LINE
    if isinstance(value, dict):
        return _fields(value, indent, in_line=in_line or (bool(name) and fits))
    if isinstance(value, list):
        brief = len(value) == 1 or not any(isinstance(one, dict) for one in value)
        in_line = in_line or (brief and fits)
        # Entries of one list look alike: each in one line, or all with a field a line.
        alike = in_line or all(indent + 4 + _length(one) <= LINE for one in value)
        entries = [_node(one, indent + 2, in_line=alike) for one in value]
        return SequenceNode(_LIST, entries, flow_style=in_line)
    return _scalar(value, in_line=in_line)


def _fields(fields: dict[str, Any], indent: int, *, in_line: bool) -> MappingNode:
    nodes = [
        (_scalar(name), _node(one, indent + 2, name=name, in_line=in_line))
        for name, one in fields.items()
    ]
    return MappingNode(_MAPPING, nodes, flow_style=in_line)


def _scalar(value: Any, *, in_line: bool = False) -> ScalarNode:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    style = None
    if _OTHER_BREAKS & set(text):
        style = '"'  # the only one that can tell them from a line's end
    elif not in_line:
        style = "|" if "\n" in text else ">" if len(text) > TEXT else None
    return ScalarNode(_SCALAR, text, style=style)


def _length(value: Any) -> int:
    """How long the value is in one line; too long where it takes several."""
    if isinstance(value, dict):
        return sum(len(name) + 4 + _length(one) for name, one in value.items())
    if isinstance(value, list):
        return 2 + sum(2 + _length(one) for one in value)
    text = str(value)
    return LINE + 1 if "\n" in text or len(text) > TEXT else len(text)
