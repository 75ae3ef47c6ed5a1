"""A report as PDF: tagged for screen readers, in the language and direction of the report."""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg_amiri
import typst
from django.conf import settings

#: The text between them goes its own way, whatever stands around it.
_ISOLATE, _END = "\u2068", "\u2069"
log = logging.getLogger(__name__)

_FOLDER = Path(__file__).parent
#: No letter: a reader would show boxes for them, and a checker refuse the file.
_NOT_PRINTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufff0-\uffff]"
)


def pdf(document: dict[str, Any], progress: Callable[[float], None] = lambda share: None) -> bytes:
    """The document as `document.document` gives it, as a PDF/UA-1 file.

    What people typed reaches the typesetter as data. Letters that no font has are shown as boxes;
    the file is tagged then too, but is no PDF/UA.
    """
    said = _plain(document, document["rtl"]) | {
        "name": _plain(document["title"], False),
        "author": _plain(document["process"], False),
        "fonts": list(settings.REPORT_FONTS),
    }
    given = {"document": json.dumps(said, ensure_ascii=False)}
    template = (_FOLDER / "layout.typ").read_bytes()
    progress(0.1)
    accessible: list[Any] = ["ua-1"]
    for standards in (accessible, []):
        compiler = typst.Compiler(
            input=template, root=_FOLDER, font_paths=_fonts(), sys_inputs=given
        )
        try:
            made = compiler.compile(format="pdf", pdf_standards=standards)
        except typst.TypstError as error:
            if not standards:
                raise
            log.info("Report %s is no PDF/UA: %s", document["reference"], error.message[:200])
            continue
        assert isinstance(made, bytes)
        return made
    raise AssertionError("the second try returns or raises")


@cache
def _fonts() -> typst.Fonts:
    """The typesetter's own, Amiri for Arabic, and what the installation adds; the fonts of the
    machine only where the installation says so, so that a report looks the same everywhere."""
    paths = [str(Path(fontpkg_amiri.ROOT) / "files"), *map(str, settings.REPORT_FONT_FOLDERS)]
    return typst.Fonts(
        include_system_fonts=settings.REPORT_SYSTEM_FONTS,
        include_embedded_fonts=True,
        font_paths=paths,
    )


def _plain(value: Any, turned: bool) -> Any:
    """Without what is no letter, in whatever depth; bars and segments as mappings.

    Where both directions meet, each text keeps its own order among the others.
    """
    if isinstance(value, str):
        text = _NOT_PRINTED.sub("", value)
        return f"{_ISOLATE}{text}{_END}" if turned and " " in text else text
    if isinstance(value, dict):
        return {key: _plain(one, turned) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, turned) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value), turned)
    return value
