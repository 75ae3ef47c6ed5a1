"""What every page shows in the same way: marks, levels, dates, parties."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template import Context
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from coordination.base.marks import SYMBOLS
from coordination.commitments.charts import plain_number
from coordination.commitments.models import Level
from coordination.commitments.standing import Standing, of_commitment
from coordination.insights.desk.counting import count_for
from coordination.insights.desk.needs import Needs
from coordination.reminders.queries import running

register = template.Library()

_NO_DATE = "—"


@register.simple_tag
def arrow(way: str) -> str:
    """To where reading goes on ("next"), or whence it came ("previous")."""
    return "→" if (way == "next") != get_language_bidi() else "←"


@register.simple_tag(takes_context=True)
def mark(context: Context, name: str) -> SafeString:
    """One symbol of the page's sprite."""
    request = context.get("request")
    if request is not None:
        if not hasattr(request, "marks_used"):
            request.marks_used = set()
        request.marks_used.add(name)
    return format_html('<svg aria-hidden="true"><use href="#{}"/></svg>', name)


@register.simple_tag(takes_context=True)
def sprite(context: Context) -> SafeString:
    """The symbols that the page used; stands at its end."""
    used: set[str] = getattr(context.get("request"), "marks_used", set())
    symbols = mark_safe("".join(SYMBOLS[name] for name in sorted(used)))  # noqa: S308 our own
    return format_html("<svg hidden>{}</svg>", symbols) if used else mark_safe("")


@register.simple_tag(takes_context=True)
def level(context: Context, value: int | None, voice: str) -> SafeString:
    """A level as reported ("r", outlined) or verified ("v", solid); a word where there is none."""
    if value is None:
        words = _("No report") if voice == "r" else _("Not verified")
        return format_html('<span class="meta">{}</span>', words)
    return format_html(
        '<span class="lv {voice} {voice}{value}">{mark}{label}</span>',
        voice=voice,
        value=value,
        mark=mark(context, f"{voice}{value}"),
        label=Level(value).label,
    )


@register.simple_tag(takes_context=True)
def status(
    context: Context, name: str, words: str, chip: bool = False, symbol: str = ""
) -> SafeString:
    """A status mark with its words; as a chip in tables, with another symbol where one is meant."""
    return format_html(
        '<span class="st {}{}">{}{}</span>',
        name,
        " chip" if chip else "",
        mark(context, symbol or name),
        words,
    )


@register.simple_tag(takes_context=True)
def standing(context: Context, value: Standing, chip: bool = True) -> SafeString:
    return status(context, value.mark, value.words, chip)


@register.simple_tag(takes_context=True)
def standing_of(context: Context, commitment: Any, moment: Any = None) -> SafeString:
    """Where a commitment stands at a moment (default: now), for pages that do not work it out."""
    return standing(context, of_commitment(commitment, moment or None))


_MESSAGE_MARKS = {
    "sent": "ok", "kept": "mail", "pending": "wait", "claimed": "wait", "transmitting": "wait",
    "failed": "over", "uncertain": "risk", "superseded": "none", "cancelled": "none", "held": "own",
}  # fmt: skip


@register.simple_tag(takes_context=True)
def message_state(context: Context, message: Any) -> SafeString:
    """The state of a mail; one that is tried again says so."""
    words, name = str(message.get_state_display()).capitalize(), _MESSAGE_MARKS[message.state]
    if message.state == "pending" and message.attempts:
        words, name = _("Trying again"), "risk"
    return status(context, name, words, True)


@register.simple_tag
def outbox_trouble() -> str:
    """Why no reminders leave, for coordinators; nothing while they do."""
    now = running()
    return "" if now.is_ready else now.words


@register.simple_tag(takes_context=True)
def desk_count(context: Context) -> int:
    """How many things need the reader, beside the way to their desk."""
    if isinstance(needs := context.get("needs"), Needs):
        return needs.total  # the desk itself
    user = context.get("user")
    return count_for(user) if user is not None and user.is_authenticated else 0


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """The value under a key that only the template knows."""
    return mapping.get(key)


@register.filter
def fours(text: str) -> list[str]:
    """A long key in groups that the eye can follow."""
    return [text[start : start + 4] for start in range(0, len(text), 4)]


@register.filter
def kind(record: Any) -> str:
    """What addresses call the sort of record that it is."""
    return record._meta.model_name


@register.filter
def day(value: date | datetime | None) -> str | SafeString:
    """A calendar day: 19 Jan 1996; of a moment in the reader's zone, or in that put before."""
    if not value:
        return _NO_DATE
    if isinstance(value, datetime) and getattr(value, "convert_to_local_time", True):
        # `|timezone:` marks what it has converted.
        value = timezone.localtime(value)
    if isinstance(value, datetime):
        value = value.date()
    return format_html(
        '<time datetime="{}">{}</time>',
        value.isoformat(),
        formats.date_format(value, "SHORT_DATE_FORMAT"),
    )


@register.filter
def moment(value: datetime | None) -> str | SafeString:
    """A moment in the reader's time zone: 19 Jan 1996, 09:42 CET."""
    if not value:
        return _NO_DATE
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}">{}</time>',
        local.isoformat(),
        formats.date_format(local, f"{formats.get_format('SHORT_DATETIME_FORMAT')} T"),
    )


@register.filter
def brief(value: datetime | None) -> str | SafeString:
    """A moment in a narrow column: 19 Jan, 09:42; with its year where that is not this one."""
    if not value:
        return _NO_DATE
    local, form = timezone.localtime(value), formats.get_format("SHORT_DATETIME_FORMAT")
    if local.year == timezone.localtime().year:
        form = form.replace(" Y", "")
    words = formats.date_format(local, form)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), words)


@register.filter
def figure(value: Decimal) -> str:
    """A measured number, without decimals that say nothing."""
    return plain_number(value)


@register.filter
def dn(value: date | None, process: Any) -> str | SafeString:
    """D+n of a day in a process; nothing where the process counts from no day."""
    name = process.day_name(value or None)
    return format_html('<span class="d">{}</span>', name) if name else ""


@register.simple_tag
def party(value: Any) -> SafeString:
    """The code that stands for a party or a body; signatories are boxed."""
    signatory = " sig" if getattr(value, "signatory", False) else ""
    return format_html('<span class="pt{}" title="{}">{}</span>', signatory, value.name, value.code)


@register.simple_tag
def owners(commitment: Any) -> SafeString:
    """The codes of everybody who owes a commitment."""
    codes = format_html_join(
        "", "{}", ((party(obligation.owner),) for obligation in commitment.obligations.all())
    )
    return format_html('<span class="pts">{}</span>', codes)
