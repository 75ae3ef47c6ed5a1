"""What the forms of all slices share: they count once, and show why they were refused."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.forms.utils import ErrorDict

from accounts.sentences import PlainForm

from .errors import Refused

#: In the session; as many as somebody has open in as many windows.
SENT_FORMS, REMEMBERED = "sent_forms", 20
#: In what was sent: what somebody typed before is shown to them again, and nothing is recorded.
GOING_ON = "go-on"


class SubmissionField(forms.UUIDField):
    """The key of one sending; a missing or spoilt one is replaced, since nobody can mend it."""

    def clean(self, value: Any) -> uuid.UUID:
        try:
            return super().clean(value)
        except forms.ValidationError:
            return uuid.uuid4()


class SubmissionForm(PlainForm, forms.Form):
    """A form that counts once, however often its button is pressed."""

    #: Without an id: a page of several forms would have it several times.
    submission = SubmissionField(widget=forms.HiddenInput(attrs={"id": False}), initial=uuid.uuid4)

    #: What it says goes to somebody, rather than into the record alone: an error says which was not
    #: done.
    sends: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_going_on:
            sent: Any = self.data
            self.data = sent = sent.copy()
            sent[self.add_prefix("submission")] = str(uuid.uuid4())

    @property
    def is_going_on(self) -> bool:
        """It shows a draft: half of it may be missing, and it is not sent."""
        return self.is_bound and GOING_ON in self.data

    def is_valid(self) -> bool:
        return not self.is_going_on and super().is_valid()

    def full_clean(self) -> None:
        if self.is_going_on:
            self._errors = ErrorDict()
            self.cleaned_data = {}
        else:
            super().full_clean()

    def refuse(self, refused: Refused) -> None:
        """Show why an action refused what was sent, beside its field where the form has it."""
        self.add_error(refused.field if refused.field in self.fields else None, refused.message)


@contextmanager
def counted_once(request: Any) -> Iterator[bool]:
    """One transaction for what a form does; yields whether the same form was done before.

    For rows that keep no `submission` of their own: what was sent is remembered in the session,
    whose row is locked, so that the second of two clicks waits until the first is through. The same
    form with other words or another file in it, as after the browser's "back", is another one. A
    form that carries no key of its sending can honestly be sent again, and its action has to bear
    it.
    """
    if not any(key.rpartition("-")[2] == "submission" for key in request.POST):
        with transaction.atomic():
            yield False
        return
    said = sorted((k, v) for k, v in request.POST.lists() if k != "csrfmiddlewaretoken")
    files = sorted((key, _digest(file)) for key, file in request.FILES.items())
    sent = hashlib.sha256(repr((request.path, said, files)).encode()).hexdigest()
    session = request.session
    with transaction.atomic():
        list(session.model.objects.select_for_update().filter(pk=session.session_key).values("pk"))
        done = type(session)(session.session_key).get(SENT_FORMS, [])
        yield sent in done
        if sent not in done:
            session[SENT_FORMS] = [*done, sent][-REMEMBERED:]
            session.save()


def _digest(file: Any) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()
