"""What one may do about a seat on its page, and with which form."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.base.errors import Refused

from .. import seat_forms
from ..actions import seats as actions
from ..actions import succession
from ..models import Term
from ..vacancies import Holding


@dataclass(frozen=True)
class Deed:
    """Something that one may do about a seat, and the form for it.

    `act` takes the seat as it stands, what was typed, and who acts from where.
    """

    form: type[seat_forms.SeatForm]
    title: str | Promise
    button: str | Promise
    done: str | Promise
    act: Callable[..., Any]
    keepers_only: bool = True


def _on_seat(action: Callable[..., Any], held: Holding, **given: Any) -> Any:
    return action(seat=held.seat, **given)


def _on_term(action: Callable[..., Any], held: Holding, term: Term | None, **given: Any) -> Any:
    if term is None:
        raise Refused(_("This term is not of this seat."))
    return action(term=term, **given)


def _on_nomination(action: Callable[..., Any], held: Holding, **given: Any) -> Any:
    return action(**given)


#: In the order in which a page offers them; the first is what the seat needs most.
DEEDS = {
    deed.form.verb: deed
    for deed in (
        Deed(
            seat_forms.AcceptForm,
            gettext_lazy("Accept the nomination"),
            gettext_lazy("Accept and seat"),
            gettext_lazy("Accepted: the seat has its next holder."),
            functools.partial(_on_nomination, succession.accept_nomination),
        ),
        Deed(
            seat_forms.DeclineForm,
            gettext_lazy("Decline the nomination"),
            gettext_lazy("Decline"),
            gettext_lazy("Declined. The party can name somebody else."),
            functools.partial(_on_nomination, succession.decline_nomination),
        ),
        Deed(
            seat_forms.AskForm,
            gettext_lazy("Ask for a successor"),
            gettext_lazy("Ask for a successor"),
            gettext_lazy("Asked. What became of each mail stands below."),
            functools.partial(_on_seat, succession.ask_for_successor),
        ),
        Deed(
            seat_forms.NominateForm,
            gettext_lazy("Name a successor"),
            gettext_lazy("Propose for the seat"),
            gettext_lazy("Proposed. Who keeps the body accepts or declines."),
            functools.partial(_on_seat, succession.nominate),
            keepers_only=False,
        ),
        Deed(
            seat_forms.FillForm,
            gettext_lazy("Seat somebody"),
            gettext_lazy("Record the term"),
            gettext_lazy("The term is recorded."),
            functools.partial(_on_seat, actions.seat_person),
        ),
        Deed(
            seat_forms.HandOverForm,
            gettext_lazy("Hand over"),
            gettext_lazy("Hand the seat over"),
            gettext_lazy("The handover is recorded."),
            functools.partial(_on_seat, actions.hand_over),
        ),
        Deed(
            seat_forms.AlternateForm,
            gettext_lazy("Name an alternate"),
            gettext_lazy("Record the alternate"),
            gettext_lazy("The alternate is recorded."),
            functools.partial(_on_term, actions.name_alternate),
        ),
        Deed(
            seat_forms.EndForm,
            gettext_lazy("End the term"),
            gettext_lazy("Set the last day"),
            gettext_lazy("The last day of the term is recorded."),
            functools.partial(_on_term, actions.end_term),
        ),
        Deed(
            seat_forms.WithdrawTermForm,
            gettext_lazy("Entered by mistake"),
            gettext_lazy("Withdraw the term"),
            gettext_lazy("The term is withdrawn: it never held. It stays in the history."),
            functools.partial(_on_term, actions.withdraw_term),
        ),
        Deed(
            seat_forms.WithdrawForm,
            gettext_lazy("Withdraw the nomination"),
            gettext_lazy("Withdraw"),
            gettext_lazy("The nomination is withdrawn."),
            functools.partial(_on_nomination, succession.withdraw_nomination),
            keepers_only=False,
        ),
    )
}
