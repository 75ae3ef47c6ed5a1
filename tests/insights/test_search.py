"""Search: by reference, by words, by what is nearly right; and never what one may not read."""

import datetime as dt
import re
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.models import User
from coordination.audiences.models import Audience
from coordination.commitments.actions import submit_check_in
from coordination.commitments.models import Commitment, Obligation
from coordination.insights.search.finding import COUNTED, KINDS, search
from coordination.insights.search.references import read_reference
from coordination.insights.search.vocabulary import Vocabulary
from coordination.insights.search.words import line_of, marked
from coordination.processes.models import Process
from tests import factories
from tests.furnishing import furnish


def found(user: User, typed: str, **how: Any) -> dict[str, list[str]]:
    """What is found, by kind, as one reads it."""
    groups = search(user, typed, **how).groups
    return {group.kind.key: [one.plain for one in group.hits] for group in groups}


CITED = (
    *("IX.1(c)", "art ix 1 c", "ix 1c", "Annex 1A IX.1c"),
    *("Annex 1A, Art. IX.1(c)", "ANNEX 1A ART IX"),
)


def test_a_citation_is_found_however_it_is_typed(alice, commitment) -> None:
    agreement = factories.AgreementFactory(process=commitment.process)
    for n, citation in enumerate(("Annex 1A, Art. IX.1(c)", "Annex 11, Art. X.1")):
        factories.ProvisionFactory(agreement=agreement, citation=citation, heading=f"Heading {n}")
    factories.CommitmentFactory(
        process=commitment.process, reference="Annex 1A, Art. XIX.1(c)", title="Another"
    )
    expected = {
        "commitments": ["Withdraw heavy weapons from the zone"],
        "provisions": ["Heading 0"],
    }
    assert {typed: found(alice, typed) for typed in CITED} == dict.fromkeys(CITED, expected)


def test_the_article_comes_before_its_paragraphs(alice, process) -> None:
    for reference in ("Art. IX.1(c)", "Annex 2, Art. IX.1", "Art. IX.1", "Art. IX.10"):
        factories.CommitmentFactory(process=process, reference=reference, title=reference)
    assert found(alice, "IX.1")["commitments"] == [
        "Art. IX.1",
        "Annex 2, Art. IX.1",
        "Art. IX.1(c)",
    ]


def test_words_are_no_citation() -> None:
    for typed in ("civil", "mix of arms", "review 5", "part one", "Мир", "list"):
        assert read_reference(typed) is None


def test_a_number_of_the_register_is_found(alice, commitment) -> None:
    for typed in (f"C-{commitment.number}", f"c{commitment.number}", f"{commitment.number}"):
        assert found(alice, typed)["commitments"][0] == commitment.title


def test_every_kind_is_found_by_its_words(process, coordinator, alice) -> None:
    """A row of every model, with the same word in every text."""
    furnish(process, "Kittiwake")
    process.reports.get().sections.update(text="The Kittiwake report")
    assert set(found(coordinator, "kittiwake")) == {kind.key for kind in KINDS}


def test_nothing_of_another_process_is_found_or_suggested(
    process, coordinator, outsider, alice
) -> None:
    furnish(process, "Kittiwake")
    for typed in ("Kittiwake", "kittiwaek", "kitti", "Valley"):
        result = search(outsider, typed)
        assert result.groups == []
        assert result.asked and result.asked.corrected == ""
    assert search(outsider, "Kittiwake", process=process.slug).asked is None
    assert search(alice, "kittiwaek").asked.corrected == "Kittiwake"


def test_words_of_a_check_in_are_found_by_its_readers_alone(
    alice, bob, carol, dave, coordinator, obligation
) -> None:
    for audience, word in ((Audience.DELEGATION, "Dotterel"), (Audience.BODIES, "Phalarope")):
        submit_check_in(
            obligation=obligation,
            author=alice,
            level=1,
            account=f"The {word} bridge is closed.",
            audience=audience,
            origin="web",
        )
        word = word.lower()
        cast = (alice, bob, carol, dave, coordinator)
        readers = {user.name for user in cast if found(user, word)}
        assert readers == ({"Alice"} if word == "dotterel" else {"Alice", "Bob", "Carol", "Cora"})
        # Words of what some may not read correct nobody's spelling.
        assert {search(user, f"x{word}").asked.corrected for user in cast} == {""}


def test_whoever_leaves_finds_nothing_and_is_told_no_word(process, alice, commitment) -> None:
    assert search(alice, "wepons").asked.corrected == "weapons"
    process.memberships.update(ended_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    result = search(alice, "wepons")
    assert (result.asked, result.groups) == (None, [])


def test_an_address_is_found_by_coordinators_alone(alice, coordinator, dave) -> None:
    assert found(coordinator, "dave@people.example") == {"people": ["Dave"]}
    assert found(alice, "dave@people.example") == {}
    assert "dave@people.example" not in str(search(alice, "Dave").groups)


def test_what_is_misspelled_is_read_as_a_word_that_is_there(
    client, process, alice, lead_body
) -> None:
    person = factories.UserFactory(name="Nadia Ferreira")
    factories.MembershipFactory(process=process, user=person, role="observer")
    client.force_login(alice)
    for typed, meant in (("comission", "Commission"), ("Ferriera", "Ferreira")):
        page = client.get(reverse("search"), {"q": typed}).content.decode()
        assert f"Showing results for “{meant}” too." in page
        assert f"<mark>{meant}</mark>" in page
        assert found(alice, typed, as_typed=True) == {}
    assert search(alice, "JMC").asked.corrected == ""


def test_accents_and_capitals_do_not_matter(process, alice) -> None:
    person = factories.UserFactory(name="Nádia Ferréira")
    factories.MembershipFactory(process=process, user=person, role="observer")
    for typed in ("ferréira", "FERREIRA", "ferreirá", "Ferreira"):
        assert found(alice, typed) == {"people": ["Nádia Ferréira"]}


def test_other_scripts_are_found_whatever_their_capitals(process, alice) -> None:
    factories.BodyFactory(process=process, code="KOM", name="Смешанная Комиссия")
    factories.BodyFactory(process=process, code="LJN", name="اللجنة العسكرية")
    for typed in ("комиссия", "КОМИССИЯ", "комисия"):
        assert found(alice, typed)["bodies"] == ["Смешанная Комиссия"]
    for typed in ("العسكرية", "العسكريه"):
        assert found(alice, typed)["bodies"] == ["اللجنة العسكرية"]


def test_signs_of_a_pattern_are_letters_like_others(client, alice, commitment) -> None:
    client.force_login(alice)
    for typed in ("%", "%%", "__", "a%", "\\", "';--", "(", "[a", "*", "a\x00b"):
        assert found(alice, typed) == {}
        query = {"q": typed.replace("\x00", " ")}
        assert client.get(reverse("search"), query).status_code == 200


def test_one_letter_is_too_little_and_says_what_to_type(client, alice) -> None:
    client.force_login(alice)
    page = client.get(reverse("search"), {"q": "a"}).content.decode()
    assert "type two letters or more" in page
    assert "Nothing found" not in page


def test_a_long_text_and_many_words_are_cut(client, alice, commitment) -> None:
    client.force_login(alice)
    for typed in ("a" * 5000, "heavy " * 2000, " ".join(f"w{n}" for n in range(300))):
        assert client.get(reverse("search"), {"q": typed}).status_code == 200
    assert found(alice, "heavy " * 50) == {"commitments": [commitment.title]}


def test_markup_in_a_record_is_shown_as_it_was_typed(client, process, alice) -> None:
    factories.BodyFactory(process=process, code="X", name="<b>Bold</b> & Sons")
    client.force_login(alice)
    page = client.get(reverse("search"), {"q": "bold"}).content.decode()
    assert "&lt;b&gt;<mark>Bold</mark>&lt;/b&gt; &amp; Sons" in page


def test_a_former_name_finds_the_body(alice, lead_body) -> None:
    factories.FormerNameFactory(body=lead_body, name="Ceasefire Committee")
    result = search(alice, "ceasefire")
    assert [strip_tags(one.line) for one in result.groups[0].hits] == [
        "Formerly Ceasefire Committee"
    ]


def test_what_was_withdrawn_is_not_found(alice, commitment, obligation, coordinator) -> None:
    factories.CheckInFactory(obligation=obligation, author=alice, account="Dotterel")
    Commitment.objects.update(withdrawn_at=commitment.created_at, withdrawn_because="a slip")
    assert found(alice, "Dotterel") == found(alice, "heavy weapons") == {}


def test_counts_end_at_a_bound_and_one_kind_shows_more(alice, process) -> None:
    factories.BodyFactory.create_batch(COUNTED + 5, process=process, name="Observer post")
    group = search(alice, "observer").groups[0]
    assert (len(group.hits), group.count, group.is_more) == (5, COUNTED, True)
    (alone,) = search(alice, "observer", kind="bodies").groups
    assert (len(alone.hits), alone.is_more) == (COUNTED + 5, False)


def test_the_search_asks_the_database_as_often_for_many_rows_as_for_one(
    client, alice, commitment, django_assert_max_num_queries
) -> None:
    client.force_login(alice)
    for _round in range(2):
        with django_assert_max_num_queries(20):
            page = client.get(reverse("search"), {"q": "heavy"})
        assert page.status_code == 200
        assert len(page.content) < 50_000
        for n in range(40):
            factories.ObligationFactory(
                commitment__process=commitment.process,
                commitment__title=f"Heavy load {n}",
                commitment__text="heavy " * 200,
                party__process=commitment.process,
            )


# --- The palette ---------------------------------------------------------------------------------


def palette(client: Client, user: User, **query: str) -> dict[str, str]:
    client.force_login(user)
    answer = client.get(reverse("search"), {"format": "json", **query})
    return {line["title"]: line["url"] for line in answer.json()["lines"]}


def test_the_palette_has_what_is_found(client, alice, commitment) -> None:
    url = reverse("commitment", args=["valley", commitment.number])
    assert palette(client, alice, q="IX.1(c)") == {commitment.title: url}
    assert len(palette(client, alice, q="e")) <= 20


def test_the_palette_offers_what_its_reader_may_do(
    client, process, alice, bob, coordinator, commitment, lead_body
) -> None:
    check_in = f"Check in: {commitment.code} {commitment.title}"
    plan = f"Plan a review of {lead_body.code}"
    offers = {
        user.name: palette(client, user, process="valley") for user in (alice, bob, coordinator)
    }
    for act, who in {
        check_in: {"Alice"},
        plan: {"Bob", "Cora"},
        "New commitment": {"Cora"},
        "Outbox": {"Cora"},
        "Ledger": {"Alice", "Bob", "Cora"},
    }.items():
        assert {name for name, places in offers.items() if act in places} == who
    for user in (alice, bob, coordinator):
        client.force_login(user)
        for title, url in offers[user.name].items():
            if url:
                assert (title, client.get(url).status_code) == (title, 200)


def test_the_palette_finds_a_page_by_its_name(client, process, alice) -> None:
    places = palette(client, alice, q="ledg", process="valley")
    assert places == {"Ledger": reverse("ledger", args=["valley"])}
    assert palette(client, alice, q="ledg", process="elsewhere") == {}


def test_who_is_not_signed_in_is_asked_to(client) -> None:
    assert client.get(reverse("search"), {"q": "heavy"}).status_code == 302


# --- Words ---------------------------------------------------------------------------------------


def test_a_line_is_cut_around_the_words() -> None:
    text = "Sand. " * 200 + "The bridge at Brčko is closed. " + "Sand. " * 200
    line = line_of(text, ["brcko"])
    assert "bridge at Brčko" in line
    assert len(line) < 200
    assert marked("Brčko", ["brcko"]) == "<mark>Brčko</mark>"


def test_words_that_overlap_are_marked_as_one() -> None:
    assert marked("weapons", ["weap", "apons", "zone"]) == "<mark>weapons</mark>"
    assert re.findall("<mark>", marked("a weapon, a zone", ["weapon", "zone"])) == ["<mark>"] * 2


def test_a_word_that_is_known_is_not_taken_for_another() -> None:
    words = Vocabulary.of(["Commission for elections", "Brčko"])
    assert words.meant("comm") == words.meant("election") == words.meant("12345") == []
    assert words.meant("comission") == ["Commission"]
    assert words.other_spellings("brcko") == ["Brčko"]


def test_the_process_narrows_what_is_found(alice, process, obligation: Obligation) -> None:
    other: Process = factories.ProcessFactory()
    factories.MembershipFactory(process=other, user=alice, role="observer")
    factories.CommitmentFactory(process=other, title="Heavy rain")
    assert len(found(alice, "heavy")["commitments"]) == 2
    assert found(alice, "heavy", process=other.slug) == {"commitments": ["Heavy rain"]}
