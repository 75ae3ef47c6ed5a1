"""The addresses from which somebody's calendar programme fetches meetings, and what it gets."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.base import capabilities
from coordination.base.errors import Refused
from coordination.base.forms import counted_once
from coordination.bodies.models import Body
from coordination.ledger.actions import Origin

from .. import actions, feeds
from ..forms.feeds import FeedForm
from ..models import CalendarFeed
from .meetings import address_of


@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """Somebody's addresses; the answer to making one is the only page that ever shows it."""
    user = request.user
    if request.method != "POST":
        return _page(request, FeedForm(user=user, initial={"body": _asked(request)}))
    form = FeedForm(request.POST, user=user)
    if not form.is_valid():
        return _page(request, form)
    try:
        with counted_once(request) as before:
            if before:
                messages.info(request, _("This form was sent twice and counted once."))
                return redirect("calendar-feeds")
            made, token = actions.make_feed(
                actor=user, body=form.cleaned_data["body"], origin=Origin.WEB
            )
    except Refused as refused:
        form.refuse(refused)
        return _page(request, form)
    secret = settings.SITE_URL + reverse("calendar-feed", args=[token])
    response = _page(request, FeedForm(user=user), made=made, secret=secret)
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked(request: HttpRequest) -> Any:
    """The body from whose calendar somebody comes."""
    rows = Body.objects.visible_to(request.user)
    said = {"process__slug": request.GET.get("process", ""), "code": request.GET.get("body", "")}
    return rows.filter(**said).first()


def _page(request: HttpRequest, form: FeedForm, **more: Any) -> HttpResponse:
    rows = CalendarFeed.objects.visible_to(request.user).select_related("body__process")
    context = {
        "tab": "calendar",
        "form": form,
        "standing": [one for one in rows if one.revoked_at is None],
        "ended": [one for one in rows if one.revoked_at is not None][:20],
    } | more
    status = 422 if form.is_bound else 200
    return render(request, "reviews/feeds.html", context, status=status)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    rows = CalendarFeed.objects.visible_to(request.user).select_related("body__process")
    actions.revoke_feed(actor=request.user, feed=get_object_or_404(rows, pk=pk), origin=Origin.WEB)
    messages.success(request, _("Revoked. What fetched it gets nothing any more."))
    return redirect("calendar-feeds")


@login_not_required
@require_safe
def fetch(request: HttpRequest, token: str) -> HttpResponse:
    """The file itself, to whoever has the address; one that is not good is not told from another.

    Nothing is written: a programme fetches it every hour. Whether it changed is told by its
    content alone, as somebody's rights may shrink without a trace in what is left to see.
    """
    found = feeds.feed_by_hash(capabilities.digest(token))
    feed = feeds.read(found, timezone.now(), address_of) if found else None
    if feed is None:
        raise Http404
    response = HttpResponse(feed.text, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="entente.ics"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Last-Modified"] = http_date(feed.changed_at.timestamp())
    etag = quote_etag(hashlib.sha256(feed.text.encode()).hexdigest()[:32])
    response.headers["ETag"] = etag
    answer = get_conditional_response(request, etag=etag, response=response)
    assert answer is not None
    return answer
