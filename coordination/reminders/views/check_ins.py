"""The pages behind a check-in link: the right to answer is in the address."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import get_language_from_request
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.base.errors import Refused
from coordination.commitments.forms import CheckInForm
from coordination.commitments.models import CheckIn, Commitment
from coordination.commitments.standing import of_obligation

from .. import links
from ..models import CheckInLink

#: Times expected that the page of a link offers: it stays small.
TIMES = 6


def _no_link(request: HttpRequest, above: str = "") -> HttpResponse:
    """What a forged, expired and revoked link show alike.

    The way on is named from where the page stands (`above`), so that no byte of it is of the link.
    """
    with translation.override(get_language_from_request(request)):
        return render(request, "reminders/no_link.html", {"above": above}, status=404)


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


def _form(link: CheckInLink, data: Any = None, typed: dict[str, Any] | None = None) -> CheckInForm:
    """`typed` is shown as it is, before anybody asked whether it is right."""
    answered = link.occurrence.check_in
    said = {"expected": answered.expected_id, "audience": answered.audience} if answered else {}
    return CheckInForm(
        data,
        obligation=link.occurrence.obligation,
        user=link.recipient,
        most=TIMES,
        initial=said | (typed or {}),
    )


def _typed(form: CheckInForm) -> dict[str, str]:
    """What stands in the form beside "no change", whether or not it could be sent; nothing where
    nobody touched it."""
    kept = form.kept()
    return kept if kept.keys() & set(form.changed_data) else {}


# The token is the right to answer, and the only thing that a forger would need: a form token from
# a cookie adds nothing, and would fail where mail programmes open links without cookies.
@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest, token: str) -> HttpResponse:
    """The form that a reminder's button opens. GET changes nothing, whoever follows the link."""
    link = links.find_link(token)
    if link is None:
        return _no_link(request)
    with translation.override(link.recipient.language), timezone.override(link.recipient.zone):
        context = _link_context(link) | {"token": token}
        last = context["last_check_in"]
        form = _form(link, request.POST or None)
        if request.method == "POST" and "same" in request.POST and last:
            # One more press: scanners of mail follow links, and some press buttons.
            context["form"] = _form(link)
            context["repeated"] = _repeated(last)
            context["typed"] = _typed(form)
            return render(request, "reminders/confirm_same.html", context)
        if request.method == "POST" and "back" in request.POST:
            context["form"] = _form(link, typed=form.kept())
            return render(request, "reminders/check_in.html", context)
        if request.method == "POST" and form.is_valid():
            try:
                links.answer(link=link, **form.cleaned_data)
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
    link = links.find_link(token)
    if link is None:
        return _no_link(request, "../")
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
    link = links.find_link(token)
    if link is None:
        return _no_link(request, "../")
    with translation.override(link.recipient.language), timezone.override(link.recipient.zone):
        context = _link_context(link) | {"token": token}
        if request.method == "POST" and "confirm" not in request.POST:
            context["confirm"] = True
        elif request.method == "POST":
            try:
                links.pass_on(link=link, actor=link.recipient)
            except Refused as refused:
                context["refused"] = refused.message
            else:
                context["done"] = True
        return render(request, "reminders/pass_on.html", context)


# Nothing but the token is asked for, and what comes of it goes to the address that had it already:
# a form from elsewhere could do no more than its sender, who would have to know the token.
@login_not_required
@csrf_exempt
@never_cache
@require_POST
def new_link(request: HttpRequest, token: str) -> HttpResponse:
    """A way on from a link that opens nothing; the answer is the same for all of them."""
    links.ask_for_new_link(token)
    with translation.override(get_language_from_request(request)):
        return render(request, "reminders/new_link.html")
