"""What belongs to a person's account."""

import datetime as dt
import hashlib

from django.utils import timezone
from factory import LazyAttribute, LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.models import ApiToken, Attempts

from .processes import UserFactory


class ApiTokenFactory(DjangoModelFactory):
    """A token whose text is `text`; only its hash is stored."""

    class Meta:
        model = ApiToken

    class Params:
        text = Sequence(lambda n: f"entente_token-{n}")

    user = SubFactory(UserFactory)
    name = Sequence(lambda n: f"Program {n}")
    start = LazyAttribute(lambda token: token.text[:12])
    token_hash = LazyAttribute(lambda token: hashlib.sha256(token.text.encode()).hexdigest())
    expires_at = LazyFunction(lambda: timezone.now() + dt.timedelta(days=90))


class AttemptsFactory(DjangoModelFactory):
    class Meta:
        model = Attempts

    key = Sequence(lambda n: f"{n:064x}")
    window_ends_at = LazyFunction(lambda: timezone.now() + dt.timedelta(hours=1))
    count = 1
