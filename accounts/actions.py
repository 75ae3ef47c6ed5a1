"""What changes an account: its tokens, and whether it is open."""

import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import ApiToken, User
from .tokens import digest

log = logging.getLogger(__name__)

PREFIX = "entente_"
LONGEST = timedelta(days=366)
#: As many tokens as one person can keep an eye on.
MOST = 20


@transaction.atomic
def make_token(*, actor: User, name: str, scope: str, expires_at: datetime) -> tuple[ApiToken, str]:
    """A new token of the person's own, and its text, which cannot be shown again.

    Two never stand under one name: so the same form sent twice makes one.
    """
    User.objects.select_for_update().get(pk=actor.pk)
    standing = ApiToken.objects.standing().filter(user=actor)
    if standing.filter(name=name).exists():
        raise ValidationError(
            {"name": _("You have a token of this name. Choose another, or revoke that one first.")}
        )
    if standing.count() >= MOST:
        raise ValidationError(
            _("You have %(most)d tokens, which is the most. Revoke one that nothing uses.")
            % {"most": MOST}
        )
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=actor,
        name=name,
        scope=scope,
        start=text[: len(PREFIX) + 4],
        token_hash=digest(text),
        expires_at=min(expires_at, timezone.now() + LONGEST),
    )
    return token, text


def revoke(*, actor: User, token: ApiToken) -> None:
    """End a token at once; one that ended stays as it is."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    log.info("Token %d of account %d was revoked by %d.", token.pk, token.user_id, actor.pk)


def revoke_all(person: User) -> None:
    """End every token of a person, at once."""
    ended = ApiToken.objects.filter(user=person, revoked_at=None).update(revoked_at=timezone.now())
    log.info("All %d tokens of account %d were revoked.", ended, person.pk)


@transaction.atomic
def close_account(*, actor: User, person: User) -> None:
    """Let somebody in no more: sessions end and tokens are revoked, at once and for good.

    What they did stays theirs. Who closes their own account would not come back to reopen it.
    """
    if actor.pk == person.pk:
        raise ValidationError(
            _("This is your own account. Somebody else has to close it."), code="own"
        )
    person = User.objects.select_for_update().get(pk=person.pk)
    User.objects.filter(pk=person.pk).update(is_active=False)
    revoke_all(person)
    end_sessions(person)
    log.info("Account %d was closed by %d.", person.pk, actor.pk)


def reopen_account(*, actor: User, person: User) -> None:
    """Let somebody in again who was closed out; their tokens and sessions stay ended."""
    User.objects.filter(pk=person.pk).update(is_active=True)
    log.info("Account %d was reopened by %d.", person.pk, actor.pk)


def end_sessions(person: User) -> None:
    """End every session of a person, those too that no list of theirs knows.

    A session says only inside itself whose it is; accounts are closed seldom enough to read all.
    """
    UserSession.objects.filter(user=person).delete()
    _end(lambda held: held.get(SESSION_KEY) == str(person.pk))
    end_half_open(person)


def end_half_open(person: User) -> None:
    """End the sign-ins that a password began and no second step has ended yet."""
    key = user_pk_to_url_str(person)
    _end(lambda held: (held.get(LOGIN_SESSION_KEY) or {}).get("user_pk") == key)


def _end(theirs: Callable[[dict[str, Any]], bool]) -> None:
    open_now = Session.objects.filter(expire_date__gt=timezone.now()).order_by()
    ended = [session.pk for session in open_now.iterator() if theirs(session.get_decoded())]
    Session.objects.filter(pk__in=ended).delete()


@transaction.atomic
def remove_second_steps(*, actor: User, person: User) -> bool:
    """Let somebody who lost every second step set one up anew; whether they had one.

    Their password is asked of them still. Whoever calls this tells them by mail.
    """
    if actor.pk == person.pk:
        raise ValidationError(_("This is your own account. Somebody else has to do it."), "own")
    removed, _kinds = Authenticator.objects.filter(user=person).delete()
    end_sessions(person)
    log.info("The second steps of account %d were removed by %d.", person.pk, actor.pk)
    return bool(removed)
