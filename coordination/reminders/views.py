"""The page behind a check-in link, the outbox, and health."""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from coordination.base.capabilities import conceal, reveal
from coordination.base.errors import Refused
from coordination.commitments.forms import CheckInForm
from coordination.commitments.models import CheckIn, Commitment
from coordination.commitments.standing import of_obligation
from coordination.outbox.models import Message
from coordination.processes.models import Process
from coordination.processes.queries import get_process

from . import actions, queries
from .models import CheckInLink, Occurrence

PAGE = 50
#: Times expected that the page of a link offers: it stays small.
TIMES = 6


def _no_link(request: HttpRequest) -> HttpResponse:
    """What a forged, expired and revoked link show alike."""
    return render(request, "reminders/no_link.html", status=404)


def _link_context(link: CheckInLink) -> dict[str, Any]:
    obligation = link.occurrence.obligation
    return {
        "link": link,
        "occurrence": link.occurrence,
        "obligation": obligation,
        "commitment": obligation.commitment,
        "process": obligation.commitment.process,
        "person": link.recipient,
        "standing": of_obligation(obligation),
        "last_check_in": _own(link).first(),
    }


def _own(link: CheckInLink) -> Any:
    """What the holder of a link has reported, the last first, and may read still."""
    rows = CheckIn.objects.visible_to(link.recipient)
    return rows.filter(obligation=link.occurrence.obligation_id, author=link.recipient)


def _repeated(last: CheckIn) -> dict[str, Any]:
    """What "no change" says again, by the names of the form's fields.

    Of what is expected several times the days were those of another time; and a day on which it was
    to be done is not said again once it has passed.
    """
    commitment = last.obligation.commitment
    said: dict[str, Any] = {
        "level": last.level,
        "obstacle": last.obstacle,
        "account": last.account,
        "audience": last.audience,
    }
    if last.done_on and commitment.kind not in Commitment.EXPECTED:
        said["done_on"] = last.done_on.isoformat()
    if last.next_expected_on and last.next_expected_on >= commitment.process.today():
        said["next_expected_on"] = last.next_expected_on.isoformat()
    return said


# The token is the right to answer, and the only thing that a forger would need: a form token from
# a cookie adds nothing, and would fail where mail programmes open links without cookies.
@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest, token: str) -> HttpResponse:
    """The form that a reminder's button opens. GET changes nothing, whoever follows the link."""
    link = actions.find_link(token)
    if link is None:
        return _no_link(request)
    with translation.override(link.recipient.language), timezone.override(link.recipient.zone):
        context = _link_context(link) | {"token": token}
        last = context["last_check_in"]
        if request.method == "POST" and "same" in request.POST and last:
            # One more press: scanners of mail follow links, and some press buttons.
            context["form"] = CheckInForm(obligation=context["obligation"], user=link.recipient)
            context["repeated"] = _repeated(last)
            return render(request, "reminders/confirm_same.html", context)
        answered = link.occurrence.check_in
        form = CheckInForm(
            request.POST or None,
            obligation=context["obligation"],
            user=link.recipient,
            most=TIMES,
            initial={"expected": answered.expected_id, "audience": answered.audience}
            if answered
            else {},
        )
        if request.method == "POST" and form.is_valid():
            try:
                actions.answer(link=link, **form.cleaned_data)
            except Refused as refused:
                form.refuse(refused)
            else:
                return redirect("check-in-receipt", token)
        context["form"] = form
        status = 422 if form.is_bound else 200
        return render(request, "reminders/check_in.html", context, status=status)


@login_not_required
@never_cache
@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    link = actions.find_link(token)
    if link is None:
        return _no_link(request)
    check_in = _own(link).filter(period_on=link.occurrence.local_date).order_by("pk").last()
    if check_in is None:
        return redirect("check-in", token)
    with translation.override(link.recipient.language), timezone.override(link.recipient.zone):
        context = _link_context(link) | {"token": token, "check_in": check_in}
        return render(request, "reminders/receipt.html", context)


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pass_on(request: HttpRequest, token: str) -> HttpResponse:
    """ "Somebody else should answer": why the mail came, and how to stop it."""
    link = actions.find_link(token)
    if link is None:
        return _no_link(request)
    with translation.override(link.recipient.language), timezone.override(link.recipient.zone):
        context = _link_context(link) | {"token": token}
        if request.method == "POST" and "confirm" not in request.POST:
            context["confirm"] = True
        elif request.method == "POST":
            try:
                actions.pass_on(link=link, actor=link.recipient)
            except Refused as refused:
                context["refused"] = refused.message
            else:
                context["done"] = True
        return render(request, "reminders/pass_on.html", context)


def _process_of_coordinator(request: HttpRequest, slug: str) -> Process:
    process = get_process(request.user, slug)
    if not process.viewer.is_coordinator:
        raise PermissionDenied
    return process


@require_safe
def outbox(request: HttpRequest, slug: str) -> HttpResponse:
    process = _process_of_coordinator(request, slug)
    rows = Message.objects.visible_to(request.user).filter(process=process)
    state = request.GET.get("state", "")
    if state in Message.State.values:
        rows = rows.filter(state=state)
    nobody = Occurrence.objects.visible_to(request.user).filter(
        obligation__commitment__process=process, state=Occurrence.State.NOBODY
    )
    context = {
        "process": process,
        "tab": "outbox",
        "page": Paginator(rows.select_related("recipient"), PAGE).get_page(request.GET.get("page")),
        "states": queries.message_counts(process),
        "state": state,
        "nobody": nobody.select_related(
            "obligation__commitment", "obligation__party", "obligation__body"
        )[:PAGE],
        "health": queries.health(),
        "mails_leave": bool(settings.EMAIL_HOST),
    }
    return render(request, "reminders/outbox.html", context)


@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
@require_safe
def message(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A mail as it went. Its links are the recipient's own and are shown only where no mail leaves
    this installation, since there somebody must be able to hand them on.
    """
    process = _process_of_coordinator(request, slug)
    mail = get_object_or_404(
        Message.objects.visible_to(request.user).select_related("recipient"),
        process=process,
        pk=pk,
    )
    context = {
        "process": process,
        "tab": "outbox",
        "mail": mail,
        "body_text": _readable(mail, mail.body_text),
        "unsubscribe_url": _readable(mail, mail.unsubscribe_url),
        "events": mail.events.all(),
        "concealed": not _is_kept(mail),
    }
    return render(request, "reminders/message.html", context)


# Mail has its styles inline; nothing else is allowed, and nothing may be fetched.
@csp_replace(  # type: ignore[arg-type]
    {
        "style-src": [UNSAFE_INLINE],
        "script-src": [NONE],
        "img-src": [NONE],
        "frame-ancestors": [SELF],
        "sandbox": "allow-popups allow-top-navigation-by-user-activation",
    }
)
@xframe_options_sameorigin
@require_safe
def message_html(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The HTML part alone, in a frame that may run nothing."""
    process = _process_of_coordinator(request, slug)
    mail = get_object_or_404(Message.objects.visible_to(request.user), process=process, pk=pk)
    html = _readable(mail, mail.body_html)
    # A link opens in the window and not in the frame, which pages refuse to be shown in.
    return HttpResponse(html.replace("<head>", '<head><base target="_top">', 1))


def _is_kept(mail: Message) -> bool:
    return not settings.EMAIL_HOST and mail.state == Message.State.KEPT


def _readable(mail: Message, text: str) -> str:
    return reveal(text) if _is_kept(mail) else conceal(text)


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and reminders are running; 503 with the reason otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        health = queries.health()
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    return JsonResponse(
        {"status": "ok" if health.is_ready else health.words},
        status=200 if health.is_ready else 503,
    )
