"""Views of the register that somebody keeps under a name.

They are how somebody reads, and no part of the record: the ledger says nothing of them.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.ledger.actions import lock
from coordination.processes.access import is_coordinator
from coordination.processes.models import Process

from ..models import SavedView
from ..models.view import LONGEST_QUERY

#: As many as one person keeps of one process.
MOST = 30


@transaction.atomic
def save_view(*, actor: Any, process: Process, name: str, query: str, shared: bool) -> SavedView:
    """Keep the choices of an address under a name."""
    lock(process)
    if len(query) > LONGEST_QUERY:
        raise Refused(_("These choices are too long to keep: choose fewer, or find fewer words."))
    own = SavedView.objects.filter(process=process, owner=actor)
    if own.count() >= MOST:
        words = _("You keep %(n)s views of this register already. Delete one first.")
        raise Refused(words % {"n": MOST}, "name")
    _refuse_twice(own, name)
    return SavedView.objects.create(
        process=process, owner=actor, name=name, query=query, shared=shared
    )


@transaction.atomic
def change_view(*, actor: Any, view: SavedView, name: str, shared: bool) -> SavedView:
    """Give it another name, share it, or keep it for oneself again."""
    lock(view.process)
    if view.owner_id != actor.pk:
        raise Refused(_("Only who saved a view changes it."))
    own = SavedView.objects.filter(process=view.process, owner=actor)
    _refuse_twice(own.exclude(pk=view.pk), name)
    view.name, view.shared = name, shared
    view.save(update_fields=["name", "shared"])
    return view


@transaction.atomic
def delete_view(*, actor: Any, view: SavedView) -> None:
    """Of one's own; coordinators also take away what others share."""
    lock(view.process)
    if not may_delete_view(actor, view):
        raise Refused(_("Only who saved a view deletes it, or a coordinator where it is shared."))
    view.delete()


def may_delete_view(actor: Any, view: SavedView) -> bool:
    own = view.owner_id == actor.pk
    return own or (view.shared and is_coordinator(actor, view.process))


def _refuse_twice(own: Any, name: str) -> None:
    if own.filter(name=name).exists():
        raise Refused(_("You have a view of this name already."), "name")
