"""What programs send that is no good is refused in words, and nothing is done."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client, RequestFactory

from accounts.models import User
from config.wsgi import application
from coordination.commitments.models import CheckIn, Flag, Note, Obligation, TriggerEvent
from tests import factories


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


@pytest.fixture
def where(obligation: Obligation) -> str:
    return f"/api/obligations/{obligation.pk}/check-ins/"


def send(desk: Client, where: str, body: Any, kind: str = "application/json", **how: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return desk.post(where, text, content_type=kind, **how)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("process=", "process"),
        ("process=valley&process=valley", "process"),
        ("process=" + "x" * 201, "process"),
        ("ordering=title", "ordering"),
        ("title__icontains=a", "title__icontains"),
        ("process__memberships__user__password__startswith=a", None),
        ("format=xml", "format"),
        ("due_before=2026-1-5", "due_before"),
        ("due_before=20260105", "due_before"),
        ("_method=DELETE", "_method"),
    ],
)
def test_a_parameter_that_is_not_known_or_says_nothing_is_refused(
    asked: str, name: str | None, desk: Client
) -> None:
    answer = desk.get(f"/api/commitments/?{asked}")
    assert (answer.status_code, list(answer.json())) == (400, [name or asked.partition("=")[0]])


@pytest.mark.parametrize("key", ["0", "-1", "1.0", "1e3", "٣", "9" * 30, str(2**63)])
def test_what_is_no_id_is_refused_in_a_parameter(key: str, desk: Client) -> None:
    answer = desk.get("/api/check-ins/", {"obligation": key})
    assert (answer.status_code, list(answer.json())) == (400, ["obligation"])


@pytest.mark.parametrize("key", ["0", "-1", "x", "9" * 30, str(2**63), "1.0", "%2e%2e"])
def test_what_is_no_id_is_not_found_in_an_address(key: str, desk: Client) -> None:
    answer = desk.get(f"/api/commitments/{key}/")
    assert (answer.status_code, list(answer.json())) == (404, ["detail"])


def test_a_row_knows_no_parameter(desk: Client, obligation: Obligation) -> None:
    one = f"/api/obligations/{obligation.pk}/"
    assert (desk.get(one).status_code, desk.get(f"{one}?process=valley").status_code) == (200, 400)
    assert send(desk, f"{one}check-ins/?level=3", {"level": 1}).json().keys() == {"level"}
    assert CheckIn.objects.count() == 0


def test_a_nul_in_an_address_is_refused_in_json(desk: Client) -> None:
    for address in ("/api/commitments/?process=%00", "/api/commitments/%00/"):
        answer = desk.get(address)
        assert (answer.status_code, list(answer.json())) == (400, ["detail"])
    assert desk.get("/p/valley/?q=%00").headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        ('{"level": 1, "level": 3}', 400, ["detail"]),
        ('{"level": NaN}', 400, ["detail"]),
        ('{"level": 1e999}', 400, ["level"]),
        ('{"level": ' + "9" * 5000 + "}", 400, ["detail"]),
        ("[]", 400, ["non_field_errors"]),
        ('"level"', 400, ["non_field_errors"]),
        ("null", 400, ["non_field_errors"]),
        ('{"level": 1, "account": "\\ud800"}', 400, ["account"]),
        ('{"level": 1, "account": "a\\u0000b"}', 400, ["account"]),
        (b'{"level": 1, "account": "\xff"}', 400, ["detail"]),
        ("[" * 18 + "]" * 18, 400, ["detail"]),
        ('{"level": 1, "account": "' + "x" * 300_000 + '"}', 413, ["detail"]),
    ],
    ids=range(12),
)
def test_json_that_says_nothing_plain_is_refused(
    body: str | bytes, status: int, names: list[str], desk: Client, where: str
) -> None:
    answer = send(desk, where, body)
    assert (answer.status_code, list(answer.json())) == (status, names)
    assert CheckIn.objects.count() == 0


@pytest.mark.parametrize(
    "said",
    [
        {"recorded_by": 1},
        {"author": 1},
        {"submitted_at": "2020-01-01T00:00:00Z"},
        {"obligation": 1},
        {"level": "1"},
        {"level": True},
        {"level": 1.0},
        {"account": 5},
        {"account": ["x"]},
        {"period_on": "20260105"},
        {"period_on": "2026-W01-1"},
        {"period_on": "0001-01-01"},
        {"expected": "1"},
        {"expected": 2**63},
        {"submission": 5},
    ],
)
def test_a_field_that_is_not_known_or_of_another_type_is_named(
    said: dict[str, Any], desk: Client, where: str
) -> None:
    answer = send(desk, where, {"level": 1, **said})
    assert (answer.status_code, list(answer.json())) == (400, list(said))
    assert CheckIn.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", "level=1"),
        (
            "multipart/form-data; boundary=x",
            '--x\r\nContent-Disposition: form-data; name="level"\r\n\r\n1\r\n--x--\r\n',
        ),
        ("text/plain", '{"level": 1}'),
        ("application/xml", "<level>1</level>"),
    ],
)
def test_only_json_is_read(kind: str, body: str, desk: Client, where: str) -> None:
    answer = send(desk, where, body, kind)
    assert (answer.status_code, list(answer.json())) == (415, ["detail"])


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "idna", "nonsense"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_only_utf_8_is_read(method: str, charset: str, desk: Client, where: str) -> None:
    kind = f"application/json; charset={charset}"
    answer = desk.generic(method, f"{where}?page_size=5", b'{"level": 1}', content_type=kind)
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])
    assert CheckIn.objects.count() == 0


@pytest.mark.parametrize("charset", ["rot13", "zlib"])
def test_a_codec_that_is_no_charset_is_refused_too(charset: str) -> None:
    kind = f"application/json; charset={charset}"
    environ = RequestFactory().get("/api/commitments/?page_size=5").environ | {"CONTENT_TYPE": kind}
    answer = application.get_response(application.request_class(environ))
    assert (answer.status_code, list(json.loads(answer.content))) == (400, ["detail"])


def test_only_json_is_answered(desk: Client) -> None:
    answer = desk.get("/api/commitments/", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (406, "application/json")


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_changes_the_method(header: str, desk: Client, where: str) -> None:
    answer = send(desk, where, {"level": 1}, headers={header: "DELETE"})
    assert (answer.status_code, CheckIn.objects.count()) == (201, 1)
    assert desk.get("/api/commitments/", headers={header: "POST"}).status_code == 200


def test_every_body_refuses_a_field_that_it_does_not_know(
    desk: Client, coordinator: User, alice: User, obligation: Obligation, party: Any
) -> None:
    commitment = obligation.commitment
    trigger = factories.TriggerEventFactory(trigger__process=commitment.process).trigger
    flag = factories.FlagFactory(commitment=commitment)
    responsibility = factories.ResponsibilityFactory(process=commitment.process)
    note = factories.NoteFactory(commitment=commitment, delegation=party, author=alice)
    places = [
        ("post", f"/api/commitments/{commitment.pk}/flags/"),
        ("post", f"/api/flags/{flag.pk}/lift/"),
        ("post", f"/api/obligations/{obligation.pk}/check-ins/"),
        ("post", f"/api/triggers/{trigger.pk}/events/"),
        ("post", "/api/gaps/accept/"),
        ("post", "/api/gaps/reopen/"),
        ("post", "/api/measurements/"),
        ("post", "/api/notes/"),
        ("put", f"/api/responsibilities/{responsibility.pk}/assignments/"),
    ]
    before = (Flag.objects.count(), Note.objects.count(), TriggerEvent.objects.count())
    key = f"k{uuid.uuid4().hex}"
    for method, place in places:
        answer = getattr(desk, method)(place, {key: 1}, content_type="application/json")
        assert (place, answer.status_code, key in answer.json()) == (place, 400, True)
    desk.force_login(alice)
    answer = send(desk, f"/api/notes/{note.pk}/withdraw/", {key: 1, "because": "So."})
    assert (answer.status_code, list(answer.json())) == (400, [key])
    after = (Flag.objects.count(), Note.objects.count(), TriggerEvent.objects.count())
    assert after == before


@pytest.mark.parametrize(
    "at",
    ["2026-01-05", "2026-01-05T10:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"],
)
def test_a_moment_has_its_offset_and_is_near(at: str, desk: Client, obligation: Obligation) -> None:
    trigger = factories.TriggerEventFactory(trigger__process=obligation.commitment.process).trigger
    said = {"what": "So it was.", "on": "2026-01-05", "at": at}
    answer = send(desk, f"/api/triggers/{trigger.pk}/events/", said)
    assert (answer.status_code, list(answer.json())) == (400, ["at"])
