"""A word that stands in one delegation's own papers is read by nobody else, wherever they look.

`test_access_matrix.py` has the same for people from outside the process.
"""

import datetime as dt
import logging
import re
from typing import Any

import pytest

from coordination.audiences.actions import release, set_audience
from coordination.audiences.models import Audience
from coordination.commitments.actions import submit_check_in
from coordination.commitments.actions.evidence import add_evidence
from coordination.commitments.actions.notes import add_note
from coordination.outbox.models import Message
from coordination.reminders.actions import tick

from .routes import ADMIN, PEOPLE, ROUTES, address, all_routes
from .world import ask

OWN, CONCERNED = "Dotterel", "Phalarope"
READERS = ("alice", "carol", "dave", "coordinator")
NONSENSE = "Xqzvwxyk"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
#: On these their own people read it; else its absence elsewhere would say nothing.
SHOW_OWN = {"notes", "commitment", "reports", "evidence-list", "ledger", "commitment-record"}


@pytest.fixture
def papers(world, commitment, obligation, alice, party) -> None:
    """A report, a piece of evidence and a note of alice's delegation, each for two audiences."""
    for word, audience in ((OWN, Audience.DELEGATION), (CONCERNED, Audience.BODIES)):
        check_in, _new = submit_check_in(
            obligation=obligation,
            author=alice,
            level=1,
            account=f"{word} account",
            audience=audience,
            origin="web",
        )
        evidence = add_evidence(
            actor=alice,
            commitment=commitment,
            obligation=obligation,
            check_in=check_in,
            title=f"{word} title",
            source=f"{word} source",
            dated_on=dt.date(2026, 1, 1),
            url=f"https://papers.example/{word}",
            audience=audience,
            origin="web",
        )
        note = add_note(
            actor=alice,
            commitment=commitment,
            text=f"{word} note",
            kind="position",
            audience=audience,
            origin="web",
        )
        for record in (check_in, evidence, note):
            set_audience(actor=alice, record=record, audience="process", origin="web")
            set_audience(actor=alice, record=record, audience=audience, origin="web")
    tick()


def pages(world: dict[str, Any]) -> list[tuple[str, str]]:
    """Those that may show something of a process."""
    return [
        (name, address(name, world))
        for name, route in ROUTES.items()
        if "GET" in route.methods
        and route.args not in (("token",), ("invitation_token",))
        and ("slug" in route.args or name.startswith("api:") or name == "desk")
        and name not in ("api:schema", "api:docs", "ledger-script")
    ]


def test_nobody_reads_a_paper_that_is_not_for_them(world, clients, papers, caplog) -> None:
    """Nor does it stand in a mail to others, in their export or in the log."""
    caplog.set_level(logging.DEBUG)
    seen = set()
    for name, path in pages(world):
        for person in READERS:
            response = ask(clients[person], "GET", path)
            text = f"{response.headers} {response.getvalue().decode(errors='replace')}"
            seen |= {(word, person, name) for word in (OWN, CONCERNED) if word in text}
    assert {person for word, person, _name in seen if word == OWN} == {"alice"}
    assert SHOW_OWN - {name for word, _person, name in seen if word == OWN} == set()
    readers = set(READERS) - {"dave"}
    assert {person for word, person, _name in seen if word == CONCERNED} == readers
    exported = ask(clients["dave"], "POST", address("ledger-export", world)).getvalue().decode()
    assert OWN not in exported
    assert CONCERNED not in exported
    mails = Message.objects.exclude(recipient__email="alice@people.example")
    assert [m.pk for m in mails if OWN in f"{m.subject}{m.body_text}{m.body_html}"] == []
    assert OWN not in caplog.text


def test_staff_read_no_more_in_the_admin(world, clients, papers, coordinator) -> None:
    """The coordinator as staff, and an administrator who is a member of nothing."""
    coordinator.is_staff = coordinator.is_superuser = True
    coordinator.save()
    lists = [
        "/" + where
        for name, where in all_routes()
        if name.startswith(ADMIN) and name.endswith("_changelist")
    ]
    assert len(lists) > 30
    for person, some in (("coordinator", lists), ("administrator", lists[:3])):
        for path in some:
            listed, sought, nonsense = (
                TOKEN.sub("", ask(clients[person], "GET", path + query).getvalue().decode())
                for query in ("", f"?q={OWN}", f"?q={NONSENSE}")
            )
            assert (person, path, OWN in listed) == (person, path, False)
            assert (person, path, sought.replace(OWN, NONSENSE)) == (person, path, nonsense)


def test_a_release_opens_the_paper_to_the_party_named(
    world, clients, papers, alice, other_party, commitment
) -> None:
    note = commitment.notes.get(text=f"{OWN} note")
    release(actor=alice, record=note, party=other_party, reason="For the talks", origin="web")
    path = address("notes", world)
    read = {
        person: OWN in ask(clients[person], "GET", path).getvalue().decode() for person in PEOPLE
    }
    assert {person for person, reads in read.items() if reads} == {"alice", "dave"}
