"""One message: what became of it, the mail as it went, and what can be done about it by hand."""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from coordination.base.capabilities import conceal, reveal
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin
from coordination.outbox import actions as by_hand
from coordination.outbox.models import Message
from coordination.processes.editing import get_process_to_keep
from coordination.processes.models import Process

from ..delivery_log import TRIES, Log
from ..steps import steps_of

State = Message.State

#: What can be done with a message in which state; the log offers the first of it.
ACTS = {
    State.PENDING: ("try", "hold"),
    State.HELD: ("release",),
    State.UNCERTAIN: ("settle", "again"),
} | dict.fromkeys((State.SENT, State.FAILED, State.KEPT, State.CANCELLED), ("again",))
#: A reason as long as the log keeps.
REASON = 200


@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
@require_http_methods(["GET", "HEAD", "POST"])
def message(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A mail as it went, and each step of its way. Its links are the recipient's own and are shown
    only where no mail leaves this installation, since there somebody must be able to hand them on.
    """
    process = get_process_to_keep(request, slug)
    log = Log(request.user, process)
    mail = _of(log, pk)
    act = request.POST.get("what", "") if request.method == "POST" else ""
    asks = act == "again" and "confirm" not in request.POST
    if act and mail.process_id is None:
        raise Http404  # it is of other processes too
    if act and not asks:
        return _act(request, process, mail, act)
    row = log.rows([mail])[0]
    is_own = not row.is_shared
    again = log.own.filter(again_of=mail).order_by("pk").defer("body_text", "body_html")
    context = {
        "process": process,
        "tab": "outbox",
        "mail": mail,
        "row": row,
        "acts": [
            one for one in ACTS.get(State(mail.state), ()) if is_own and not _is_over(row, one)
        ],
        "asks": asks,
        "here": request.POST.get("here", ""),
        "reason_length": REASON,
        "tries": TRIES,
        "steps": steps_of(mail),
        "first": log.own.filter(pk=mail.again_of_id).first() if mail.again_of_id else None,
        "again": list(again) if is_own else [],
        "body_text": _readable(mail, mail.body_text),
        "unsubscribe_url": _readable(mail, mail.unsubscribe_url),
        "concealed": not _is_kept(mail),
    }
    status = 422 if request.method == "POST" and not asks else 200
    return render(request, "reminders/message.html", context, status=status)


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
    process = get_process_to_keep(request, slug)
    mail = get_object_or_404(Log(request.user, process).own, pk=pk)
    html = _readable(mail, mail.body_html)
    # A link opens in the window and not in the frame, which pages refuse to be shown in.
    return HttpResponse(html.replace("<head>", '<head><base target="_top">', 1))


def _is_over(row: Any, act: str) -> bool:
    """Whether it would ask for what has been answered."""
    return act == "again" and row.answer is not None


def _of(log: Log, pk: int) -> Message:
    for rows in (log.own, log.shared):
        if found := rows.select_related("recipient", "process").filter(pk=pk).first():
            return found
    raise Http404


def _is_kept(mail: Message) -> bool:
    return not settings.EMAIL_HOST and mail.state == State.KEPT


def _readable(mail: Message, text: str) -> str:
    if mail.process_id is None:
        return ""  # what several processes share is its recipient's alone
    return reveal(text) if _is_kept(mail) else conceal(text)


def _act(request: HttpRequest, process: Process, mail: Message, act: str) -> HttpResponse:
    """Do what a button says, and go back to where it stood."""
    reason = request.POST.get("reason", "").strip()[:REASON]
    how: dict[str, Any] = {"actor": request.user, "message": mail, "origin": Origin.WEB}
    shown = mail
    try:
        if act == "hold":
            by_hand.hold(reason=reason, **how)
            words = _("Held back. It leaves when somebody releases it.")
        elif act == "release":
            by_hand.release(**how)
            words = _("Released. It leaves with the next sweep, or when its time comes.")
        elif act == "try":
            by_hand.try_now(**how)
            words = _("It is tried with the next sweep.")
        elif act == "settle":
            by_hand.settle(reason=reason, **how)
            words = _("Recorded: it arrived.")
        elif act == "again":
            shown = by_hand.send_again(times=_times(request), **how)
            words = _("Written once more: this is the new message.")
        else:
            raise Http404
    except Refused as refused:
        messages.warning(request, refused.message)
    else:
        messages.success(request, words)
        by_hand.nudge()
    if request.POST.get("from") == "health":
        return redirect("outbox-health", process.slug)
    if "here" in request.POST and shown is mail:
        here = request.POST["here"]
        return redirect(reverse("outbox", args=[process.slug]) + (f"?{here}" if here else ""))
    return redirect("message", process.slug, shown.pk)


def _times(request: HttpRequest) -> int:
    """How often it had been sent again when the button was shown."""
    said = request.POST.get("times", "")
    return int(said) if said.isdecimal() and len(said) < 6 else -1
