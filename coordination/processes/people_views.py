"""Inviting people, their place in the process, and what who is invited sees."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import throttle
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin

from . import actions, invitations
from .editing import answer, get_process_to_keep, save
from .models import Invitation, Membership, Process
from .people_forms import InvitationForm, MemberForm, NewAccountForm, SecondStepForm
from .second_factor import asked_as, has_one
from .second_step_rule import set_second_step_rule

#: What an invitation in the place of a member offers: the same place.
_PLACE = ("role", "party", "heads_delegation")

CHANGES = require_http_methods(["GET", "HEAD", "POST"])


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@CHANGES
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """Into the process; or (`?instead=`) a member anew, at another address than theirs."""
    process = get_process_to_keep(request, slug)
    member = _member_to_reach(request, process)
    place = {name: getattr(member, name) for name in _PLACE} if member else {}
    if member:
        place["name"] = member.user.name
    form = InvitationForm(_sent(request), process=process, initial=place)
    if form.is_bound and save(
        request,
        form,
        invitations.invite,
        process,
        lambda made: _("%(email)s is invited.") % {"email": made.email},
        process=process,
    ):
        return redirect("people", slug)
    context = {
        "process": process,
        "tab": "people",
        "form": form,
        "days": invitations.GOOD_FOR.days,
        "member": member,
    }
    return answer(request, "processes/people_invite.html", context, form)


def _member_to_reach(request: HttpRequest, process: Process) -> Membership | None:
    """Whose address no mail reaches: it is what they sign in with, and nobody changes it."""
    named = request.GET.get("instead", "")
    if not (named.isdecimal() and len(named) < 19):
        return None
    rows = Membership.objects.visible_to(request.user).current().filter(process=process, pk=named)
    return rows.select_related("user").first()


def _answered(request: HttpRequest, slug: str, pk: int, action: Any, done: str) -> HttpResponse:
    """One button a row; pressed for what was answered meanwhile, it says so."""
    process = get_process_to_keep(request, slug)
    rows = Invitation.objects.visible_to(request.user).filter(process=process)
    invitation = get_object_or_404(rows.select_related("process"), pk=pk)
    try:
        action(actor=request.user, invitation=invitation, origin=Origin.WEB)
    except Refused as refused:
        messages.warning(request, refused.message)
    else:
        messages.success(request, done)
    return redirect(reverse("people", args=[slug]) + "#invitations")


@require_POST
def resend(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    done = _("Sent again. The former link opens nothing any more.")
    return _answered(request, slug, pk, invitations.resend, done)


@require_POST
def withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    done = _("Withdrawn. The link opens nothing any more.")
    return _answered(request, slug, pk, invitations.withdraw, done)


@CHANGES
def member(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The role of a member, the party they act for, and whether they head its delegation."""
    process = get_process_to_keep(request, slug)
    rows = Membership.objects.visible_to(request.user).filter(process=process)
    one = get_object_or_404(rows.select_related("user", "party", "process"), pk=pk)
    form = MemberForm(_sent(request), process=process, thing=one)
    if form.is_bound and save(request, form, actions.change_role, process, _("Saved."), member=one):
        return redirect("people", slug)
    context = {"process": process, "tab": "people", "form": form, "member": one}
    return answer(request, "processes/people_member.html", context, form)


@CHANGES
def second_step_rule(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process_to_keep(request, slug)
    form = SecondStepForm(_sent(request), process=process, thing=process)
    own = process.viewer
    own.process = process
    lacks = not has_one(request.user)

    def told(_made: None) -> str:
        """Who asks it of themselves reads until when, rather than find the pages closed."""
        asked = asked_as(own) if lacks else None
        if asked is None:
            return _("Saved.")
        words = _(
            "Saved. You have no second step yourself: set it up before %(day)s, "
            "or nothing else opens to you from then on."
        )
        messages.warning(request, words % {"day": date_format(asked.by, "j M Y")})
        return ""

    if form.is_bound and save(request, form, set_second_step_rule, process, told, process=process):
        return redirect("people", slug)
    asked = asked_as(own) if lacks else None
    context = {"process": process, "tab": "people", "form": form, "lacks": lacks, "asked": asked}
    return answer(request, "processes/people_second_step.html", context, form)


# --- What the link of an invitation opens -------------------------------------------------------


@sensitive_post_parameters("password")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Who invites to what, and the one button that accepts. GET changes nothing."""
    if request.method == "POST":
        is_over = not throttle.allowed(request, "invitation", token)
    else:
        is_over = throttle.used_up(request, "invitation", token)
    found = None if is_over else invitations.find(token)
    if found is None:
        return _nothing(request, token)
    account = invitations.account_of(found)
    with timezone.override(account.zone if account else found.process.zone):
        if request.method == "POST":
            return _accept(request, token, found, account)
        form = None if account else NewAccountForm(invitation=found)
        return _page(request, found, account, form)


def _nothing(request: HttpRequest, token: str) -> HttpResponse:
    """What a forged, expired, withdrawn and used link show alike, and one tried too often.

    A second press is no mistake.
    """
    if request.method == "POST" and (done := invitations.accepted_by(token, request.user)):
        return redirect("overview", done.process.slug)
    return render(request, "processes/invitation_none.html", status=404)


def _page(
    request: HttpRequest, found: Invitation, account: Any, form: Any, status: int = 200
) -> HttpResponse:
    context = {
        "invitation": found,
        "process": found.process,
        "account": account,
        "another": _is_another(request, account),
        "form": form,
    }
    return render(request, "processes/invitation.html", context, status=status)


def _is_another(request: HttpRequest, account: Any) -> bool:
    """Whether somebody is signed in to whom the address does not belong."""
    return request.user.is_authenticated and request.user != account


def _accept(request: HttpRequest, token: str, found: Invitation, account: Any) -> HttpResponse:
    if _is_another(request, account) or (account and not request.user.is_authenticated):
        return _page(request, found, account, None, 409)
    form = NewAccountForm(request.POST, invitation=found)
    if account is None and not form.is_valid():
        return _page(request, found, account, form, 422)
    try:
        if account is not None:
            invitations.accept(actor=account, invitation=found, origin=Origin.LINK)
        else:
            made = invitations.open_account(
                invitation=found, origin=Origin.LINK, **form.cleaned_data
            )
    except Refused as refused:
        if invitations.find(token) is None:
            return _nothing(request, token)
        messages.warning(request, refused.message)
        return redirect("invitation", token)
    words = _("You take part in %(process)s now.") % {"process": found.process.name}
    overview = reverse("overview", args=[found.process.slug])
    if account is None:
        # They chose the password a moment ago: it is not asked again to set up a second step.
        record_authentication(request, made.user, method="password", reauthenticated=True)
        return perform_login(request, made.user, redirect_url=overview)
    messages.success(request, words)
    return redirect(overview)
