"""The page of what was found, and the same for the palette."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from .finding import BY_KEY, KINDS, Found, first_few
from .finding import search as find
from .hits import Scope
from .places import places
from .words import LONGEST


def _asked_of(request: HttpRequest) -> dict[str, str]:
    kind = request.GET.get("kind", "")
    return {
        "typed": request.GET.get("q", "").strip()[:LONGEST],
        "process": request.GET.get("process", "")[:40],
        "kind": kind if kind in BY_KEY else "",
    }


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    asked = _asked_of(request)
    if request.GET.get("format") == "json":
        return _for_palette(request, asked)
    as_typed = "as_typed" in request.GET
    found = find(request.user, **asked, as_typed=as_typed)
    context = {
        "tab": "search",
        **asked,
        "found": found,
        "kinds": KINDS if asked["kind"] else [group.kind for group in found.groups],
        "processes": sorted(
            Scope.of(request.user).processes.values(), key=lambda one: one.short_name
        ),
        "corrected": found.asked.corrected if found.asked else "",
    }
    return render(request, "insights/search.html", context)


def _for_palette(request: HttpRequest, asked: dict[str, str]) -> JsonResponse:
    """Everywhere, whatever the process is: that says only which pages and acts come first."""
    typed, here = asked["typed"], asked["process"]
    found = find(request.user, typed)
    scope = found.scope
    jumps = places(scope, request.user, here, typed)
    lines: list[dict[str, Any]] = [
        {
            "group": _("Do") if one.acts else _("Go to"),
            "title": one.title,
            "note": one.where,
            "url": one.url,
        }
        for one in sorted(jumps, key=lambda one: not one.acts)
    ]
    lines += _lines_of(found)
    return JsonResponse({"lines": lines, "said": _said(found, lines)})


def _lines_of(found: Found) -> list[dict[str, Any]]:
    return [
        {
            "group": str(kind.name),
            "title": one.plain,
            "note": " · ".join(filter(None, [one.reference, one.process.short_name])),
            "url": one.url,
        }
        for kind, one in first_few(found)
    ]


def _said(found: Found, lines: list[Any]) -> str:
    """What a screen reader says of the list."""
    if not lines:
        return _("Nothing found.")
    said = ngettext("%(n)s line", "%(n)s lines", len(lines)) % {"n": len(lines)}
    if found.asked and found.asked.corrected:
        return _("%(lines)s; also for “%(words)s”") % {
            "lines": said,
            "words": found.asked.corrected,
        }
    return said
