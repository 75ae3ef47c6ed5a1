"""How a body is reached: read by all members, kept by those who keep the body."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.processes.editing import ending, save, sent_by
from coordination.processes.queries import get_process

from ..access import may_keep
from ..actions import contacts as actions
from ..forms.contacts import ChannelForm, ChannelTestForm, OrderForm
from ..models import Body, ChannelTest, ContactChannel
from .editing import page

#: How many tests of a channel its page names; the ledger has all of them.
SHOWN = 6


@require_http_methods(["GET", "HEAD", "POST"])
def contacts(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    process = get_process(request.user, slug)
    body = get_object_or_404(Body.objects.visible_to(request.user), process=process, code=code)
    body.process = process
    keeps = may_keep(request.user, body)
    if request.method == "POST" and not keeps:
        raise PermissionDenied
    channels = list(_channels(body))
    now = [one for one in channels if one.ended_on is None]
    form = ChannelForm(sent_by(request, "channel", default=True), process=process, prefix="channel")
    order = OrderForm(sent_by(request, "order"))
    tests = [
        (one, ChannelTestForm(sent_by(request, f"test-{one.pk}"), prefix=f"test-{one.pk}"))
        for one in now
    ]
    ends = ending(request, process, now)
    deeds: list[tuple[Any, Any, Any, dict[str, Any]]] = [
        (form, actions.add_channel, _("The channel is added."), {"body": body}),
        (order, actions.order_channels, _("The order is changed."), {"body": body}),
        *(
            (one, actions.record_test, _("The test is recorded."), {"channel": c})
            for c, one in tests
        ),
        *((one, actions.end_channel, _("Ended."), {"channel": c}) for c, one in ends),
    ]
    for sent, action, words, given in deeds:
        if sent.is_bound and save(request, sent, action, process, words, **given):
            return redirect("body-contacts", slug, code)
    rows = [
        {"channel": one, "n": n, "test": test, "end": end, "up": _moved(now, n - 1)}
        for n, ((one, test), (_one, end)) in enumerate(zip(tests, ends, strict=True))
    ]
    sent_forms = [deed[0] for deed in deeds]
    return page(
        request, "contacts", body, "contacts", *sent_forms,
        form=form, order=order, rows=rows, keeps=keeps,
        shown=",".join(str(one.pk) for one in now),
        former=[one for one in channels if one.ended_on is not None],
    )  # fmt: skip


def _channels(body: Body) -> Any:
    """All channels, each with its body and its tests, the last one first."""
    tests = ChannelTest.objects.select_related("tested_by").order_by("-tested_at", "-pk")
    return (
        ContactChannel.objects.filter(body=body)
        .select_related("body__process")
        .prefetch_related(Prefetch("tests", tests[:SHOWN], "last_tests"))
        .order_by("order", "pk")
    )


def _moved(channels: list[ContactChannel], n: int) -> str:
    """The order in which channel n + 1 comes before channel n; nothing for the first."""
    if n < 0:
        return ""
    keys = [str(one.pk) for one in channels]
    return ",".join([*keys[:n], keys[n + 1], keys[n], *keys[n + 2 :]])
