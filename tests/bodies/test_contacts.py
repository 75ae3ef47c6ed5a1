"""The page on which it is kept how a body is reached."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.actions.contacts import change_channel, record_test
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
    name = f"row-{first.pk}"
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


def test_a_channel_is_moved_up_again_after_it_was_moved_back(lead_body: Body, bob: User) -> None:
    one = ContactChannelFactory(body=lead_body, order=1)
    two = ContactChannelFactory(body=lead_body, order=2)
    client = browser(bob)
    orders = []
    for _ in range(3):
        shown = client.get(CONTACTS).context
        up = {"what": "order", "order": shown["rows"][1]["up"], "seen": shown["shown"]}
        client.post(CONTACTS, up)
        orders.append(list(lead_body.channels.all()))
    assert orders == [[two, one], [one, two], [two, one]]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Sarajevo", "America/New_York"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "1200-01-01T10:00", "9999-12-31T23:59"])
def test_a_test_is_of_a_year_that_a_process_has(
    lead_body: Body, bob: User, zone: str, moment: str
) -> None:
    bob.time_zone = zone
    bob.save()
    one = ContactChannelFactory(body=lead_body)
    client, name = browser(bob), f"test-{one.pk}"
    form = fill(client, CONTACTS, name, **{f"{name}-worked": "yes", f"{name}-tested_at": moment})
    page = client.post(CONTACTS, form)
    assert page.status_code == 422
    assert "Write a year from 1800 to 2199." in says(page)
    with pytest.raises(Refused):
        moment_then = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
        record_test(actor=bob, channel=one, worked=True, tested_at=moment_then, origin="web")
    assert not ChannelTest.objects.exists()


def test_what_is_typed_about_a_channel_that_ended_meanwhile_is_shown(
    lead_body: Body, bob: User
) -> None:
    one = ContactChannelFactory(body=lead_body)
    client, name = browser(bob), f"test-{one.pk}"
    typed = {f"{name}-worked": "no", f"{name}-remark": "My <remark>"}
    form = fill(client, CONTACTS, name, **typed)
    change_channel(actor=bob, channel=one, ended_on=dt.date(1996, 1, 2), origin="web")
    page = client.post(CONTACTS, form)
    assert page.status_code == 409
    assert "what this was about ended or was removed meanwhile" in says(page)
    assert "My &lt;remark&gt;" in says(page)
    assert not ChannelTest.objects.exists()


def test_a_channel_is_in_use_until_its_end_and_its_end_is_mended_by_coordinators(
    process: Process, lead_body: Body, bob: User, coordinator: User
) -> None:
    ahead = process.today() + dt.timedelta(30)
    one = ContactChannelFactory(body=lead_body, order=1, ended_on=ahead)
    two = ContactChannelFactory(body=lead_body, order=2, address="Falcon")
    client, name = browser(bob), f"row-{one.pk}"
    assert [row["channel"] for row in client.get(CONTACTS).context["rows"]] == [one, two]
    test = f"test-{one.pk}"
    client.post(CONTACTS, fill(client, CONTACTS, test, **{f"{test}-worked": "yes"}))
    assert ChannelTest.objects.get().channel == one
    client.post(CONTACTS, fill(client, CONTACTS, name, **{f"{name}-ended_on": "1996-01-09"}))
    assert client.get(CONTACTS, {"row": one.pk}).context["former"] == [(one, None)]
    client = browser(coordinator)
    client.post(CONTACTS, fill(client, CONTACTS, name, **{f"{name}-ended_on": ""}))
    one.refresh_from_db()
    assert one.ended_on is None
