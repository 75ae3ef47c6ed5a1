"""How a body is reached: read by all members, kept by those who keep the body."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.processes.access import is_coordinator
from coordination.processes.editing import changing, save, sent_by
from coordination.processes.queries import get_process

from ..access import may_keep
from ..actions import contacts as actions
from ..forms.contacts import ChannelForm, ChannelSpanForm, ChannelTestForm, OrderForm
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
    today = process.today()
    over = [one for one in channels if actions.is_over(one, today)]
    now = [one for one in channels if one not in over]
    form = ChannelForm(sent_by(request, "channel", default=True), process=process, prefix="channel")
    order = OrderForm(sent_by(request, "order"))
    tests = {one.pk: _test_form(request, one) for one in now}
    # What is over is mended by coordinators alone.
    mended = [*now, *(over if is_coordinator(request.user, process) else ())]
    changes = {
        one.pk: (one, change) for one, change in changing(request, process, mended, ChannelSpanForm)
    }
    deeds: list[tuple[Any, Any, Any, dict[str, Any]]] = [
        (form, actions.add_channel, _("The channel is added."), {"body": body}),
        (order, actions.order_channels, _("The order is changed."), {"body": body}),
        *(
            (tests[one.pk], actions.record_test, _("The test is recorded."), {"channel": one})
            for one in now
        ),
        *(
            (change, actions.change_channel, _("Saved."), {"channel": one})
            for one, change in changes.values()
        ),
    ]
    for sent, action, words, given in deeds:
        if sent and sent.is_bound and save(request, sent, action, process, words, **given):
            return redirect("body-contacts", slug, code)
    rows = [
        {
            "channel": one,
            "n": n,
            "test": tests[one.pk],
            "change": changes[one.pk][1],
            "up": _moved(now, n - 1),
        }
        for n, one in enumerate(now)
    ]
    return page(
        request, "contacts", body, "contacts", *(deed[0] for deed in deeds),
        form=form, order=order, rows=rows, keeps=keeps,
        shown=",".join(str(one.pk) for one in now),
        former=[(one, changes[one.pk][1] if one.pk in changes else None) for one in over],
    )  # fmt: skip


def _test_form(request: HttpRequest, channel: ContactChannel) -> ChannelTestForm | None:
    """The form that records a test, where it was asked for: each would make the page heavy."""
    name = f"test-{channel.pk}"
    sent = sent_by(request, name)
    asked = request.method != "POST" and request.GET.get("test") == str(channel.pk)
    return ChannelTestForm(sent, prefix=name) if asked or sent is not None else None


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
