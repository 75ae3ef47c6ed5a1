"""The parts of the page that are the same for every member, as HTML.

Most of the work of the page is putting its words together, so that is kept as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from coordination.processes.as_of import AsOf
from coordination.processes.models import Process


@dataclass(frozen=True)
class Pieces:
    stands: str = ""
    curve: str = ""
    #: Of the rows of both tables what stands before their last cell, which is not kept.
    bodies: list[str] = field(default_factory=list)
    pressing: list[str] = field(default_factory=list)
    #: The symbols that they use, for the sprite of the page.
    marks: frozenset[str] = frozenset()


@dataclass
class _Page:
    """What the tags ask of a request."""

    marks_used: set[str] = field(default_factory=set)


def put_together(
    process: Process, as_of: AsOf, figures: Any, strip: Any, curve: Any,
    bodies: Iterable[Any], pressing: Iterable[Any],
) -> Pieces:  # fmt: skip
    if strip is None:
        return Pieces()
    page = _Page()
    known = {
        "request": page,
        "process": process,
        "as_of": as_of,
        "register": reverse("register", args=[process.slug]),
    }

    def piece(name: str, **more: Any) -> str:
        return render_to_string(f"insights/overview/{name}.html", known | more)

    return Pieces(
        stands=piece("stands", figures=figures, strip=strip),
        curve=piece("curve", curve=curve) if curve else "",
        bodies=[piece("body", body=one) for one in bodies],
        pressing=[piece("one", one=one) for one in pressing],
        marks=frozenset(page.marks_used),
    )
