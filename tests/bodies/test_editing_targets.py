"""How the codes that people type lead to bodies, parties and seats."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from coordination.bodies.forms.targets import Targets
from coordination.bodies.models import Body
from coordination.processes.models import Process
from tests.factories import BodyFactory, PartyFactory, SeatFactory

pytestmark = pytest.mark.django_db


def test_a_code_is_compared_as_it_is_written_first(process: Process) -> None:
    low, high = (BodyFactory(process=process, code=code) for code in ("twin", "TWIN"))
    targets = Targets(process)
    typed = ("body twin", "body TWIN", "twin", "TWIN")
    assert [targets.find(one) for one in typed] == [low, high, low, high]
    assert [targets.find(targets.name_of(Body, one.pk)) for one in (low, high)] == [low, high]
    with pytest.raises(ValidationError, match="can be several"):
        targets.find("Twin")


def test_words_of_the_language_of_the_page_and_english_ones_are_known(
    process: Process, lead_body: Body
) -> None:
    party = PartyFactory(process=process, code="JMC")
    seat = SeatFactory(body=lead_body, number=3)
    with translation.override("fr"):
        targets = Targets(process, lead_body)
        found = [targets.find(typed) for typed in ("Body jmc", "PARTY JMC", "seat 3")]
    assert found == [lead_body, party, seat]


def test_a_number_alone_could_be_a_seat_and_the_hint_says_so(lead_body: Body) -> None:
    SeatFactory(body=lead_body, number=1)
    SeatFactory(body=lead_body, number=11)
    with pytest.raises(ValidationError) as refused:
        Targets(lead_body.process, lead_body).find("1")
    assert refused.value.messages == ["“1” alone is not clear: write “seat 1”."]
