"""The directory: who takes part, how bodies are reached, and how it is walked."""

import re

import pytest
from django.urls import reverse

from coordination.insights import directory
from tests import factories

OF_VALLEY = reverse("process-directory", args=["valley"])


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row".*?<bdi>(.*?)</bdi>', page)


def read(client, user, url: str, **query: str) -> str:
    client.force_login(user)
    answer = client.get(url, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_people_stand_in_it_with_their_party_and_their_seats(client, alice, bob, carol) -> None:
    page = read(client, alice, OF_VALLEY)
    assert names(page) == ["Alice", "Bob", "Carol"]
    assert "CCC" in page
    assert reverse("body", args=["valley", "JMC"]) in page
    assert reverse("person", args=["valley", bob.pk]) in page


def test_addresses_are_for_coordinators(client, alice, coordinator) -> None:
    assert "alice@people.example" in read(client, coordinator, OF_VALLEY)
    assert "cora@people.example" not in read(client, alice, OF_VALLEY)


def test_one_of_all_processes_has_the_people_of_ones_own_alone(
    client, process, alice, outsider
) -> None:
    other = factories.ProcessFactory(short_name="Delta")
    for user in (alice, factories.UserFactory(name="Zoe")):
        factories.MembershipFactory(process=other, user=user, role="observer")
    page = read(client, alice, reverse("directory"))
    assert names(page) == ["Alice", "Zoe"]
    assert "Delta" in page
    assert "Oscar" not in page


def test_who_left_is_not_in_it(client, alice, dave) -> None:
    dave.memberships.update(ended_at=dave.created_at)
    assert names(read(client, alice, OF_VALLEY)) == ["Alice"]


def test_it_finds_by_name_function_party_and_letter(client, alice, bob, carol) -> None:
    for query, expected in (
        ({"find": "bo"}, ["Bob"]),
        ({"find": "concord"}, ["Bob"]),
        ({"party": "AAA"}, ["Alice"]),
        ({"letter": "c"}, ["Carol"]),
        ({"find": "%"}, []),
        ({"find": "nobody"}, []),
    ):
        assert names(read(client, alice, OF_VALLEY, **query)) == expected


def test_it_is_walked_by_key_there_and_back(
    client, process, alice, bob, carol, dave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "PAGE", 2)
    first = read(client, alice, OF_VALLEY)
    assert names(first) == ["Alice", "Bob"]
    assert "Previous" not in first
    last = read(client, alice, OF_VALLEY, after=str(bob.pk))
    assert names(last) == ["Carol", "Dave"]
    assert "Next" not in last
    assert names(read(client, alice, OF_VALLEY, before=str(carol.pk))) == ["Alice", "Bob"]
    for wrong in ("0", "x", "²", "9" * 30):
        assert names(read(client, alice, OF_VALLEY, after=wrong)) == ["Alice", "Bob"]


def test_parties_stand_in_it_with_their_people(client, alice, dave, guarantor) -> None:
    page = read(client, dave, OF_VALLEY, view="parties")
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
    assert [("Avaria" in row, "Alice" in row) for row in rows if "AAA" in row] == [(True, True)]
    assert [("Nobody yet" in row) for row in rows if "CCC" in row] == [True]


def test_bodies_stand_in_it_with_the_ways_to_reach_them_today(
    client, process, alice, bob, lead_body
) -> None:
    today = process.today()
    factories.ContactChannelFactory(body=lead_body, kind="telephone", address="555 014")
    factories.ContactChannelFactory(
        body=lead_body, kind="telephone", address="555 999", ended_on=today
    )
    factories.BodyFactory(process=process, name="Former body", ended_on=today)
    page = read(client, alice, OF_VALLEY, view="bodies")
    assert names(page)[0] == "Joint Military Commission"
    assert "555 014" in page
    assert "555 999" not in page
    assert "Former body" not in page


def test_a_directory_asks_as_often_for_many_as_for_few(
    client, process, alice, bob, lead_body, django_assert_max_num_queries
) -> None:
    client.force_login(alice)
    for _round in range(2):
        for view in directory.VIEWS:
            with django_assert_max_num_queries(12):
                page = client.get(reverse("directory"), {"view": view})
            assert len(page.content) < 50_000
        for n in range(30):
            party = factories.PartyFactory(process=process)
            user = factories.UserFactory(name=f"Person {n}", function="An office of some length")
            factories.MembershipFactory(process=process, user=user, party=party, role="delegate")
            factories.TermFactory(seat__body=lead_body, seat__party=party, holder=user)
            factories.ContactChannelFactory(body__process=process)


def test_outsiders_find_no_directory_and_unknown_parts_are_none(client, process, outsider) -> None:
    client.force_login(outsider)
    assert client.get(OF_VALLEY).status_code == 404
    assert client.get(reverse("directory"), {"view": "secrets"}).status_code == 404


def test_ones_processes_are_listed_with_ones_role(client, alice, outsider) -> None:
    page = read(client, alice, reverse("processes"))
    assert names(page) == ["The Valley Accords"]
    assert "Delegate" in page


def test_the_size_of_a_projector_is_kept_in_the_browser(client, alice) -> None:
    client.force_login(alice)
    url = reverse("display")
    page = "http://testserver/directory/?view=parties"
    answer = client.post(url, {"display": "projector"}, headers={"referer": page})
    assert (answer.status_code, answer.url) == (302, page)
    assert 'class=" projector"' in client.get(reverse("directory")).content.decode()
    client.post(url, {"display": "", "keys": "off"})
    page = client.get(reverse("accessibility")).content.decode()
    assert "projector" not in re.findall(r"<body[^>]*>", page)[0]
    assert 'data-keys="off"' in page


def test_the_way_back_leads_nowhere_else(client, alice) -> None:
    client.force_login(alice)
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""):
        answer = client.post(
            reverse("display"), {"display": "projector"}, headers={"referer": back}
        )
        assert answer.url == reverse("accessibility")
    answer = client.post(reverse("display"), {"display": "huge"})
    assert "display" not in answer.cookies
