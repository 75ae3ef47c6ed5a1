"""The page on which it is kept how a body is reached."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from coordination.bodies.models import (
    Body,
    ChannelTest,
    ContactChannel,
    Seat,
)
from coordination.ledger.models import Entry
from coordination.processes.models import Process
from tests.conftest import seated
from tests.editing import browser, fill, form_on, says
from tests.factories import (
    ContactChannelFactory,
)

pytestmark = pytest.mark.django_db

CONTACTS = "/p/valley/bodies/JMC/contacts/"


def verbs() -> list[str]:
    return list(Entry.objects.order_by("sequence").values_list("verb", flat=True))


def channel(client: Any, **fields: str) -> dict[str, str]:
    return fill(client, CONTACTS, "channel", **{f"channel-{k}": v for k, v in fields.items()})


def test_channels_are_added_put_in_order_tested_and_ended(lead_body: Body, bob: User) -> None:
    client = browser(bob)
    for kind, address in (("telephone", "+387 1"), ("secure", "JMC-1"), ("radio", "Falcon")):
        form = channel(client, kind=kind, address=address, hours="always")
        for _ in range(2):
            assert client.post(CONTACTS, form)["Location"] == CONTACTS
    first, second, third = lead_body.channels.all()
    page = client.post(CONTACTS, channel(client, kind="radio", address="Falcon"))
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["address"])
    up = client.get(CONTACTS).context["rows"][2]["up"]
    shown = client.get(CONTACTS).context["shown"]
    for _ in range(2):  # pressed twice it moves once
        client.post(CONTACTS, {"what": "order", "order": up, "seen": shown})
    assert list(lead_body.channels.all()) == [first, third, second]
    name = f"test-{third.pk}"
    page = client.post(CONTACTS, fill(client, CONTACTS, name, **{f"{name}-remark": "Noise"}))
    assert page.status_code == 422
    assert "Say whether anybody answered." in says(page)
    form = form_on(page, name) | {f"{name}-worked": "no"}
    assert form[f"{name}-remark"] == "Noise"
    for _ in range(2):
        assert client.post(CONTACTS, form).status_code == 302
    test = ChannelTest.objects.get()
    assert (test.channel, test.worked, test.remark, test.tested_by) == (third, False, "Noise", bob)
    html = says(client.get(CONTACTS))
    assert "Did not work" in html and html.count("Never tested") == 2
    name = f"end-{first.pk}"
    client.post(CONTACTS, fill(client, CONTACTS, name, **{f"{name}-ended_on": "1996-01-09"}))
    assert list(ContactChannel.objects.filter(ended_on=None)) == [third, second]
    assert verbs() == [
        *["channel.entered"] * 3,
        *["channel.ordered", "channel.tested", "channel.ended"],
    ]


def test_an_order_given_to_other_channels_than_there_are_is_refused(
    lead_body: Body, bob: User
) -> None:
    one = ContactChannelFactory(body=lead_body, order=1)
    two = ContactChannelFactory(body=lead_body, order=2)
    stranger = ContactChannelFactory()
    client = browser(bob)
    for order, seen in [
        (f"{two.pk},{one.pk}", f"{two.pk}"),
        (f"{two.pk},{stranger.pk}", f"{one.pk},{two.pk}"),
    ]:
        page = client.post(CONTACTS, {"what": "order", "order": order, "seen": seen})
        assert page.status_code == 422
        assert "Somebody else changed the channels meanwhile" in says(page)
    page = client.post(CONTACTS, {"what": "order", "order": "spoilt", "seen": ""})
    assert page.status_code == 422
    assert list(lead_body.channels.all()) == [one, two]


def test_a_test_has_happened(lead_body: Body, bob: User) -> None:
    one = ContactChannelFactory(body=lead_body)
    client, name = browser(bob), f"test-{one.pk}"
    form = fill(client, CONTACTS, name, **{f"{name}-worked": "yes"})
    page = client.post(CONTACTS, form | {f"{name}-tested_at": "2190-01-01T10:00"})
    assert page.status_code == 422
    assert "A test that is yet to come shows nothing." in says(page)
    client.post(CONTACTS, form | {f"{name}-tested_at": "1996-01-04T10:00"})
    assert ChannelTest.objects.get().tested_at == dt.datetime(1996, 1, 4, 10, tzinfo=dt.UTC)


def test_the_secretary_keeps_the_contacts_too(
    process: Process, lead_body: Body, alice: User
) -> None:
    seated(alice, lead_body, Seat.Role.SECRETARY)
    assert browser(alice).post(CONTACTS).status_code == 422
