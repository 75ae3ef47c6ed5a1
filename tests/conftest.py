"""A small cast in one ready process, and a person from outside it.

alice   delegate and focal point of party AAA, which owes `obligation`
bob     delegate of the guarantor CCC, chair of the body that leads it
carol   monitor, with a seat in the body that verifies it
dave    delegate of party BBB of the same process
"""

import datetime as dt

import pytest
from django.conf import settings
from django.core.cache import caches
from django.utils import timezone
from hypothesis import settings as hypothesis_settings

from accounts.models import User
from coordination.bodies.models import Body, Seat
from coordination.commitments.actions import Owed, create_commitment
from coordination.commitments.models import Commitment, Obligation
from coordination.insights.desk import counting
from coordination.insights.search import vocabulary
from coordination.ledger.actions import Origin
from coordination.outbox import clock
from coordination.processes.models import Membership, Party, Process, Track
from tests import factories

Role = Membership.Role

# No time limit on one example: a busy machine is not a failure.
hypothesis_settings.register_profile("suite", deadline=None, database=None)
hypothesis_settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose seconds go with its clock, also in a test that travels through time."""

    def read() -> clock.Reading:
        now = timezone.now()
        return clock.Reading(now, "the machine of the tests", now.timestamp())

    monkeypatch.setattr(clock, "read", read)


@pytest.fixture(autouse=True)
def _no_words_of_others() -> None:
    """What one test's people could read is no word of the next one's, who have the same keys."""
    vocabulary.forget()


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """What pages kept of one test's process says nothing of the next one's, which has its key."""
    caches["pages"].clear()


@pytest.fixture(autouse=True)
def _uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar counts what needs the reader once a minute: not on some page of some test."""
    monkeypatch.setattr(counting, "KEPT_FOR", 0)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as in use: only there do threads wait for each other."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        folder = tmp_path_factory.mktemp("database")
        database.setdefault("TEST", {})["NAME"] = str(folder / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def static_root(tmp_path_factory: pytest.TempPathFactory) -> None:
    """An empty folder: WhiteNoise warns of one that is not there.

    Nor does it look for all files of the product anew for each browser of each test: what the tests
    in Chromium need is served by their own server.
    """
    settings.STATIC_ROOT = str(tmp_path_factory.mktemp("static"))
    settings.WHITENOISE_USE_FINDERS = False


def member(process: Process, name: str, role: str, party: Party | None = None) -> User:
    """A person with a place in the process."""
    user = factories.UserFactory(name=name, email=f"{name.lower()}@people.example")
    factories.MembershipFactory(process=process, user=user, role=role, party=party)
    return user


def seated(user: User, body: Body, role: str, party: Party | None = None) -> User:
    """The same person, with a seat in the body."""
    factories.TermFactory(seat__body=body, seat__role=role, seat__party=party, holder=user)
    return user


@pytest.fixture
def process(db: None) -> Process:
    return factories.ProcessFactory(
        slug="valley", name="The Valley Accords", short_name="Valley", time_zone="Europe/Sarajevo"
    )


@pytest.fixture
def party(process: Process) -> Party:
    return factories.PartyFactory(process=process, code="AAA", name="Avaria")


@pytest.fixture
def other_party(process: Process) -> Party:
    return factories.PartyFactory(process=process, code="BBB", name="Bellonia")


@pytest.fixture
def guarantor(process: Process) -> Party:
    return factories.PartyFactory(
        process=process, code="CCC", name="Concordia", part=Party.Part.ALLY
    )


@pytest.fixture
def lead_body(process: Process) -> Body:
    return factories.BodyFactory(process=process, code="JMC", name="Joint Military Commission")


@pytest.fixture
def verifying_body(process: Process) -> Body:
    return factories.BodyFactory(process=process, code="VM", name="Verification Mission")


@pytest.fixture
def coordinator(process: Process) -> User:
    return member(process, "Cora", Role.COORDINATOR)


@pytest.fixture
def alice(process: Process, party: Party) -> User:
    return member(process, "Alice", Role.DELEGATE, party)


@pytest.fixture
def bob(process: Process, guarantor: Party, lead_body: Body) -> User:
    user = member(process, "Bob", Role.DELEGATE, guarantor)
    return seated(user, lead_body, Seat.Role.CHAIR, guarantor)


@pytest.fixture
def carol(process: Process, verifying_body: Body) -> User:
    return seated(member(process, "Carol", Role.MONITOR), verifying_body, Seat.Role.MONITOR)


@pytest.fixture
def dave(process: Process, other_party: Party) -> User:
    return member(process, "Dave", Role.DELEGATE, other_party)


@pytest.fixture
def outsider(db: None) -> User:
    """Coordinator of another process."""
    return member(factories.ProcessFactory(), "Oscar", Role.COORDINATOR)


@pytest.fixture
def commitment(
    process: Process,
    party: Party,
    lead_body: Body,
    verifying_body: Body,
    coordinator: User,
    alice: User,
) -> Commitment:
    """A dated commitment, due in ten days, owed by alice's party."""
    return create_commitment(
        actor=coordinator,
        process=process,
        owed=[Owed(party, focal_point=alice)],
        terms=[{"on": process.today() + dt.timedelta(days=10)}],
        origin=Origin.WEB,
        reference="Annex 1A, Art. IX.1(c)",
        title="Withdraw heavy weapons from the zone",
        track=Track.MILITARY,
        lead_body=lead_body,
        verifying_body=verifying_body,
    )


@pytest.fixture
def obligation(commitment: Commitment) -> Obligation:
    return commitment.obligations.get()
