"""What somebody typed into a form and has not sent: kept on the server, and brought back.

A form that keeps drafts carries who opened it, in `writer`. While it is typed into, a script sends
its fields here; a form that is sent after its session ended is kept in the session until its writer
is signed in again. To go on, the form's own page is sent the draft's number (`go-on`): it answers
as it does to what was refused, with everything that was typed, and records nothing.
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
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
LONGEST_PAGE = 250
#: The name of the field that says who opened a form.
WRITER = "writer"

Fields = list[tuple[str, str]]


def worth_keeping(fields: Iterable[tuple[str, str]]) -> Fields:
    """What somebody typed: no keys of a sending, no tokens, no passwords."""

    def is_typed(name: str) -> bool:
        last = name.rpartition("-")[2]
        return name != "csrfmiddlewaretoken" and "password" not in last and last not in _NOT_TYPED

    return [(name, value) for name, value in fields if is_typed(name)]


_NOT_TYPED = ("submission", WRITER, GOING_ON)


def fields_sent(request: HttpRequest) -> Fields:
    return worth_keeping((name, value) for name, values in request.POST.lists() for value in values)


@transaction.atomic
def keep(*, owner: Any, page: str, fields: Fields) -> FormDraft:
    """In the place of what was kept of the same form before; beyond the hundredth the oldest goes.

    A draft is no part of any record: the ledger does not know of it.
    """
    if len(page) > LONGEST_PAGE or not _is_ours(page):
        raise Refused(_("There is no such page."))
    fields = worth_keeping(fields)
    if len(json.dumps(fields)) > MOST_BYTES:
        raise Refused(_("This is too long for a draft: send it, or keep a copy of it yourself."))
    draft, _new = FormDraft.objects.update_or_create(
        owner=owner, page=page, defaults={"fields": fields, "saved_at": timezone.now()}
    )
    kept = FormDraft.objects.filter(owner=owner).order_by("-saved_at", "-pk")
    too_many = list(kept.values_list("pk", flat=True)[MOST_A_PERSON:])
    if too_many:
        FormDraft.objects.filter(pk__in=too_many).delete()
    return draft


def forget(*, owner: Any, page: str) -> None:
    FormDraft.objects.filter(owner=owner, page=page).delete()


def forget_old() -> int:
    """Remove what nobody went on with."""
    return FormDraft.objects.filter(saved_at__lt=timezone.now() - KEPT_FOR).delete()[0]


def _is_ours(page: str) -> bool:
    if not page.startswith("/") or page.startswith("//"):
        return False
    try:
        resolve(page.partition("?")[0])
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
