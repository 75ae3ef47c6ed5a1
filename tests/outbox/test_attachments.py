"""Files that go with mails."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import User
from coordination.outbox.actions import deliver, send_again
from coordination.outbox.mime import mime, written
from coordination.outbox.models import Message
from coordination.processes.models import Process
from tests import factories

from .sink import Sink
from .test_mails import INVITATION, Waiting, built

State = Message.State


@pytest.fixture
def stored(settings: Any, tmp_path: Any) -> Callable[[bytes], str]:
    """Puts a file into storage; returns its name there."""
    settings.MEDIA_ROOT = str(tmp_path)
    return lambda content: default_storage.save("reports/r.pdf", ContentFile(content))


@pytest.mark.parametrize(
    "name",
    ["Report 3.pdf", "Извештај о спровођењу.pdf", "تقرير التنفيذ.pdf", "r" * 150 + ".pdf"],
)
def test_a_file_goes_with_a_mail_under_the_name_that_it_has(
    stored: Callable[[bytes], str], name: str
) -> None:
    content = bytes(range(256)) * 50
    message = built(attachment=stored(content), attachment_name=name)
    mail = mime(message)
    assert mail.get_content_type() == "multipart/mixed"
    words, file = mail.iter_parts()
    assert words.get_content_type() == "multipart/alternative"
    assert (file.get_content_type(), file.get_content_disposition()) == (
        *("application/pdf", "attachment"),
    )
    assert (file.get_filename(), file.get_content()) == (name, content)
    raw = written(message)
    assert raw == written(message)
    assert max(map(len, raw.split(b"\r\n"))) < 100


def test_an_invitation_and_a_file_go_together(stored: Callable[[bytes], str]) -> None:
    fields = {"calendar": INVITATION.format(method="REQUEST"), "attachment": stored(b"x")}
    kinds = [part.get_content_type() for part in mime(built(**fields, body_html="")).walk()]
    assert kinds == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/calendar"),
        *("application/ics", "application/pdf"),
    ]
    plain = mime(built(attachment=fields["attachment"], body_html=""))
    assert [part.get_content_type() for part in plain.walk()] == [
        *("multipart/mixed", "text/plain", "application/pdf"),
    ]


def test_a_name_with_a_header_in_it_is_a_name(stored: Callable[[bytes], str]) -> None:
    name = 'a"\r\nBcc: <z@z.example>;\u2028.pdf'
    mail = mime(built(attachment=stored(b"x"), attachment_name=name))
    assert mail["Bcc"] is None
    assert [part["Bcc"] for part in mail.walk()] == [None] * 5


@pytest.mark.django_db
def test_a_mail_whose_file_is_gone_or_too_large_is_not_sent(
    stored: Callable[[bytes], str], waiting: Waiting, sink: Sink
) -> None:
    large = waiting(attachment=stored(b"x" * (10 * 1024 * 1024 + 1)))
    gone = waiting("b@people.example", attachment="reports/gone.pdf")
    fine = waiting("c@people.example", attachment=stored(b"x"))
    deliver()
    for message in (large, gone, fine):
        message.refresh_from_db()
    assert [one.state for one in (large, gone, fine)] == [State.FAILED, State.FAILED, State.SENT]
    assert large.error.endswith("the file that goes with it is larger than 10 MB")
    assert gone.error.endswith("the file that goes with it is not there any more")


@pytest.mark.django_db
def test_what_is_sent_again_has_its_file(process: Process, coordinator: User) -> None:
    sent = factories.MessageFactory(
        process=process, recipient=coordinator, state=State.SENT, attachment="reports/r.pdf",
        attachment_name="Report.pdf",
    )  # fmt: skip
    again = send_again(actor=coordinator, message=sent, times=0, origin="web")
    assert (again.attachment, again.attachment_name) == ("reports/r.pdf", "Report.pdf")
