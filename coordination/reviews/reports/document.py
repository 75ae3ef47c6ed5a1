"""A report as it is set: its figures in words, its sections in blocks. The page and the files are
made of the same."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from coordination.commitments.models import Level

from ..models import ReportSection
from .drafts import in_words, state_words
from .languages import installed

STATES = ("complete", "ongoing", "pending")
#: Width of the bars of a chart, in the units of its view box.
BAR = 300
_DASHES = ("- ", "– ", "• ")


@dataclass(frozen=True)
class Segment:
    """A part of a bar: where it begins, how wide it is, and what it stands for."""

    state: str
    x: float
    width: float
    count: int


@dataclass(frozen=True)
class Bar:
    label: str
    counts: dict[str, int]
    segments: list[Segment]


def blocks(text: str) -> list[tuple[str, list[str]]]:
    """What somebody typed as paragraphs ("p" with its lines) and lists ("ul" with its items)."""
    found: list[tuple[str, list[str]]] = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        last = ""
        for line in filter(None, map(str.strip, paragraph.split("\n"))):
            kind = "ul" if line.startswith(_DASHES) else "p"
            if kind != last:
                found.append((kind, []))
            found[-1][1].append(line[2:].strip() if kind == "ul" else line)
            last = kind
    return found


def bar(label: str, counts: dict[str, int], *, total: int) -> Bar:
    """The bar of one moment; `total` is what the whole width stands for."""
    segments, x = [], 0.0
    for state in STATES:
        width = round(BAR * counts[state] / total, 1) if total else 0.0
        if counts[state]:
            segments.append(Segment(state, round(x, 1), width, counts[state]))
        x += width
    return Bar(label, counts, segments)


def bars(figures: dict[str, Any]) -> list[Bar]:
    """How it stood at the end of the period, and at the end of the one before."""
    total = max(figures["now"]["total"], figures["then"]["total"])
    return [
        bar(_("At the end of the period"), figures["now"], total=total),
        bar(_("At the end of the one before"), figures["then"], total=total),
    ]


def document(figures: dict[str, Any], *, approved: str = "", digest: str = "") -> dict[str, Any]:
    """Everything that is printed, in words: `approved` says by whom and when, or nothing."""
    with translation.override(installed(figures["language"])):
        return _document(figures, approved, digest)


def _document(figures: dict[str, Any], approved: str, digest: str) -> dict[str, Any]:
    names = dict(ReportSection.Part.choices)
    sections = [
        {"part": one["part"], "heading": str(names[one["part"]]), "blocks": blocks(one["text"])}
        for one in figures.get("sections", [])
    ]
    period = _("%(from)s to %(until)s") % {
        "from": in_words(figures["from"]),
        "until": in_words(figures["until"]),
    }
    facts = [
        (_("Reference"), figures["reference"]),
        (_("Period"), period),
        (_("Issued by"), figures["issued_by"]),
        (_("Commitments of"), figures["body"] or figures["process"]),
    ]
    if figures["addressees"]:
        facts.append((_("To"), get_text_list(figures["addressees"], _("and"))))
    return {
        "title": figures["title"],
        "process": figures["process"],
        "language": figures["language"],
        "rtl": figures["rtl"],
        "reference": figures["reference"],
        "facts": facts,
        "headline": _counted(figures["now"]) if figures["now"]["total"] else "",
        "approved": approved or _("Draft, not approved"),
        "is_draft": not approved,
        "digest": digest,
        "sections": sections,
        "chart": {
            "title": _("Complete, ongoing and pending"),
            "bars": bars(figures),
            "legend": {state: state_words(state) for state in STATES},
            "words": [f"{one.label}: {_counted(one.counts)}" for one in bars(figures)],
        },
        "matrix": {
            "title": _("Matrix of commitments"),
            "head": [
                *(_("Article"), _("Commitment"), _("Owed by"), _("Reported"), _("Verified")),
                *(_("Standing"), _("Remarks")),
            ],
            "rows": [_matrix_row(one) for one in figures["rows"]],
        },
        "page": _("Page"),
        "seal": _("SHA-256 of the figures: %s") % digest if digest else "",
    }


def _counted(counts: dict[str, int]) -> str:
    """As the register has it."""
    return (
        _("%(complete)s complete, %(ongoing)s ongoing, %(pending)s pending of %(total)s") % counts
    )


def _matrix_row(row: dict[str, Any]) -> dict[str, Any]:
    remarks = [
        ": ".join(part for part in (one["owner"], f"{one['text']} ({in_words(one['on'])})") if part)
        for one in row["remarks"]
    ]
    return {
        "number": row["number"],
        "code": row["code"],
        "article": row["article"],
        "title": row["title"],
        "owed_by": ", ".join(row["owed_by"]),
        "reported": level_words(row["reported"], _("No report")),
        "verified": level_words(row["verified"], _("Not verified")),
        "reported_level": row["reported"],
        "verified_level": row["verified"],
        "mark": row["mark"],
        "standing": row["standing"],
        "remarks": remarks,
    }


def level_words(level: int | None, none: str) -> str:
    return none if level is None else str(Level(level).label)
