"""What somebody typed into a form and has not sent: kept on the server, and brought back.

A form that keeps drafts carries who opened it, in `writer`. While it is typed into, a script sends
its fields here; a form that is sent after its session ended is kept in the session until its writer
is signed in again. To go on, what takes the form is sent the draft's number (`go-on`): it answers
as it does to what was refused, with everything that was typed, and records nothing.

A draft belongs to the page that shows its form and, where that page has several, to the one of them
that is named in `what`: it is kept under "address#what". Where a form is sent elsewhere than to its
page, it says in `shown_on` which that is.
"""

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.base.forms import GOING_ON

from .models import FormDraft

KEPT_FOR = timedelta(days=30)
MOST_BYTES = 64 * 1024
MOST_A_PERSON = 100
#: Of a page, without what follows the "#"; a longer address is kept without its query.
LONGEST_ADDRESS = 200
#: The names of the fields that say who opened a form, and on which page where it is not the one
#: that it is sent to.
WRITER, SHOWN_ON = "writer", "shown_on"

Fields = list[tuple[str, str]]


def worth_keeping(fields: Iterable[tuple[str, str]]) -> Fields:
    """What somebody typed: no keys of a sending, no tokens, no passwords; as the database takes it.

    The names are cleaned first: none may become another one after it was looked at.
    """

    def is_typed(name: str) -> bool:
        last = name.rpartition("-")[2]
        return name != "csrfmiddlewaretoken" and "password" not in last and last not in _NOT_TYPED

    cleaned = ((clean(name), clean(value)) for name, value in fields)
    return [(name, value) for name, value in cleaned if is_typed(name)]


_NOT_TYPED = ("submission", WRITER, SHOWN_ON)


def clean(text: str) -> str:
    """Without what PostgreSQL keeps in no text: NUL, and halves of a character."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def fields_sent(request: HttpRequest) -> Fields:
    return worth_keeping((name, value) for name, values in request.POST.lists() for value in values)


def address_of(request: HttpRequest) -> str:
    """The page that shows, or showed, the form."""
    said = clean(request.POST.get(SHOWN_ON, ""))
    return said if said and _is_ours(said) else request.get_full_path()


def key_of(page: str, what: str = "") -> str:
    """What the draft of one form of a page is kept under."""
    page = page.partition("#")[0]
    if len(page) > LONGEST_ADDRESS:
        page = page.partition("?")[0]
    return f"{page}#{what}" if re.fullmatch(r"[\w-]{1,49}", what, re.ASCII) else page


def of_page(owner: Any, page: str) -> QuerySet[FormDraft]:
    """One's own drafts of all forms of a page."""
    key = key_of(page)
    return FormDraft.objects.visible_to(owner).filter(Q(page=key) | Q(page__startswith=f"{key}#"))


@transaction.atomic
def keep(*, owner: Any, page: str, fields: Fields, typed_at: datetime | None = None) -> FormDraft:
    """In the place of what was kept of the same form before; beyond the hundredth the oldest goes.

    What was typed since stays: `typed_at` is for what waited. A draft is no part of any record: the
    ledger does not know of it.
    """
    page, fields = clean(page), worth_keeping(fields)
    if not _is_ours(page):
        raise Refused(_("There is no such page."))
    if len(key_of(page)) > LONGEST_ADDRESS:
        raise Refused(_("This page keeps no drafts: send the form, or keep a copy of it yourself."))
    page = key_of(page, dict(fields).get("what", ""))
    if len(json.dumps(fields)) > MOST_BYTES:
        raise Refused(_("This is too long for a draft: send it, or keep a copy of it yourself."))
    at = typed_at or timezone.now()
    if typed_at:
        newer = FormDraft.objects.filter(owner=owner, page=page, saved_at__gte=at)
        if (since := newer.select_for_update().first()) is not None:
            return since
    draft, _new = FormDraft.objects.update_or_create(
        owner=owner, page=page, defaults={"fields": fields, "saved_at": at}
    )
    kept = FormDraft.objects.filter(owner=owner).order_by("-saved_at", "-pk")
    too_many = list(kept.values_list("pk", flat=True)[MOST_A_PERSON:])
    if too_many:
        FormDraft.objects.filter(pk__in=too_many).delete()
    return draft


def forget(*, owner: Any, page: str, what: str = "") -> None:
    """The draft of the form that was sent; what was typed into the others of its page stays."""
    FormDraft.objects.filter(owner=owner, page=key_of(page, what)).delete()


def forget_old() -> int:
    """Remove what nobody went on with."""
    return FormDraft.objects.filter(saved_at__lt=timezone.now() - KEPT_FOR).delete()[0]


def _is_ours(page: str) -> bool:
    if not page.startswith("/") or page.startswith("//"):
        return False
    try:
        resolve(unquote(re.split(r"[?#]", page, maxsplit=1)[0]))
    except Resolver404:
        return False
    return True


def as_sent(draft: FormDraft) -> QueryDict:
    """What its form would send, and that it is only to be shown."""
    sent = QueryDict(mutable=True)
    for name, value in draft.fields:
        sent.appendlist(name, value)
    sent[GOING_ON] = str(draft.pk)
    return sent
