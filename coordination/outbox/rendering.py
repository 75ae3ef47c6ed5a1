"""The texts of a mail, from the templates of its kind.

Hundreds of mails of one kind say the same but for a few words of their own: a name, a title, a
link. Such are rendered once for all, with a mark where each of these words comes.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import escape

from coordination.base.folding import folded

from .texts import storable

#: Nobody can write it into a text of their own; without letters no filter changes it.
_SIGN = "".join(secrets.choice("0123456789") for _ in range(24))
_MARK = re.compile(rf"~{_SIGN}:(\d+)~")


class Texts(NamedTuple):
    subject: str
    text: str
    html: str


def render(
    template: str,
    *,
    language: str,
    zone: ZoneInfo | None,
    plain: bool,
    context: dict[str, Any],
    own: Mapping[str, str] | None = None,
) -> Texts:
    """The texts in a language and time zone; `plain` without HTML.

    `own` are the words that this mail alone has, by their names in the template, which shows them
    as they are and asks nothing about them. All of `context` is then hashable, and equal wherever
    it reads alike.
    """
    how = (template, language, zone, plain)
    if own:
        form = _kept_form(*how, tuple(own), tuple(context.items()))
        words = [str(word) for word in own.values()]
        escaped = [escape(word) for word in words]
    else:
        form, words, escaped = _form(*how, context), [], []
    return Texts(
        " ".join(_filled(form.subject, words).split()),
        folded(_filled(form.text, words)).strip() + "\n",
        _filled(form.html, escaped),
    )


@lru_cache(maxsize=256)
def _kept_form(
    template: str,
    language: str,
    zone: ZoneInfo | None,
    plain: bool,
    own: tuple[str, ...],
    context: tuple[tuple[str, Any], ...],
) -> Texts:
    marks = {name: f"~{_SIGN}:{number}~" for number, name in enumerate(own)}
    return _form(template, language, zone, plain, dict(context) | marks)


def _form(
    template: str, language: str, zone: ZoneInfo | None, plain: bool, context: dict[str, Any]
) -> Texts:
    with translation.override(language), timezone.override(zone):
        context = {"site_url": settings.SITE_URL, **context}
        subject = render_to_string(f"emails/{template}/subject.txt", context)
        text = render_to_string(f"emails/{template}/body.txt", context)
        if plain:
            return Texts(subject, text, "")
        html = render_to_string(f"emails/{template}/body.html", context)
        return Texts(subject, text, css_inline.inline(storable(html)))


def _filled(form: str, words: Sequence[str]) -> str:
    return _MARK.sub(lambda mark: words[int(mark[1])], form) if words else form
