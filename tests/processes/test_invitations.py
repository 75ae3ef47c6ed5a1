"""Invitations: bound to an address, accepted once, and telling nobody who has an account."""

import datetime as dt
import logging
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import throttle
from accounts.models import User
from coordination.base.capabilities import ConcealLinks, digest, token_for
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin, verify
from coordination.outbox.mime import written
from coordination.outbox.models import Message
from coordination.processes.actions import add_member, change_role
from coordination.processes.invitations import accept, invite, open_account, resend, withdraw
from coordination.processes.models import Invitation, Membership, Party, Process
from tests.editing import browser, fill, form_on, says
from tests.factories import InvitationFactory, MembershipFactory, UserFactory
from tests.threads import at_once

pytestmark = pytest.mark.django_db

Role = Membership.Role
NEW = "/p/valley/people/invite/"
PASSWORD = "plover-by-the-lake"


def invited(process: Process, coordinator: User, **fields: object) -> Invitation:
    given = {"email": "Ina@People.example", "name": "Ina", "role": Role.OBSERVER} | fields
    return invite(actor=coordinator, process=process, origin=Origin.WEB, **given)


def link(invitation: Invitation) -> str:
    return f"/invitation/{token_for(invitation.nonce)}/"


def test_a_coordinator_invites_by_mail_and_the_ledger_keeps_no_address(
    process: Process, coordinator: User, party: Party
) -> None:
    client = browser(coordinator)
    form = fill(
        client,
        NEW,
        email="Ina@People.example",
        name="Ina",
        role="delegate",
        party=str(party.pk),
        heads_delegation="on",
    )
    page = client.post(NEW, form, follow=True)
    assert "ina@people.example is invited." in says(page)
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.party) == ("ina@people.example", party)
    mail = Message.objects.get()
    assert (mail.to_address, mail.recipient, mail.state) == ("ina@people.example", None, "pending")
    assert token_for(invitation.nonce) not in mail.body_text + mail.body_html
    assert f"/invitation/~capability:{invitation.nonce}~/" in mail.body_text
    leaves = written(mail).decode()
    assert "To: ina@people.example" in leaves
    assert token_for(invitation.nonce) in leaves.replace("=\r\n", "")
    entry = process.ledger_entries.first()
    assert (entry.verb, entry.summary) == ("member.invited", "Invited Ina as delegate for AAA")
    assert "people.example" not in f"{entry.object_label}{entry.after}"
    assert list(verify(process)) == []


def test_a_member_whom_no_mail_reaches_is_offered_their_place_at_another_address(
    process: Process, coordinator: User, alice: User, outsider: User
) -> None:
    client, member = browser(coordinator), alice.memberships.get()
    assert (
        f'href="{NEW}?instead={member.pk}"'
        in client.get(f"/p/valley/people/{member.pk}/").content.decode()
    )
    page = client.get(f"{NEW}?instead={member.pk}")
    offered = form_on(page)
    assert (offered["email"], offered["name"], offered["role"]) == ("", "Alice", "delegate")
    assert offered["party"] == str(member.party_id)
    assert "Alice signs in with alice@people.example" in says(page)
    assert f'href="/p/valley/people/{member.pk}/end/"' in page.content.decode()
    elsewhere = MembershipFactory(user=outsider)
    for named in (elsewhere.pk, 10**6, 10**30, "x", ""):
        page = client.get(f"{NEW}?instead={named}")
        assert (page.status_code, form_on(page)["name"]) == (200, "")


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"email": "ALICE@people.example"}, "email", "is a member already"),
        ({"email": "old@people.example"}, "email", "invited already: send it again"),
        ({"email": "late@people.example"}, "email", "time to accept is over"),
        ({"role": Role.DELEGATE}, "party", "A delegate acts for a party"),
        ({"heads_delegation": True}, "party", "acts for its party"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    fields: dict[str, object], field: str, words: str, process: Process, coordinator: User, alice
) -> None:
    InvitationFactory(process=process, email="old@people.example")
    past = timezone.now() - dt.timedelta(days=1)
    InvitationFactory(process=process, email="late@people.example", expires_at=past)
    with pytest.raises(Refused) as refused:
        invited(process, coordinator, **fields)
    assert refused.value.field == field
    assert words in refused.value.message


def test_nobody_learns_by_inviting_who_has_an_account(process: Process, coordinator: User) -> None:
    UserFactory(email="known@people.example")
    client = browser(coordinator)
    pages = []
    for email in ("known@people.example", "newer@people.example"):
        response = client.post(NEW, fill(client, NEW, email=email, role="observer"), follow=True)
        pages.append(says(response).replace(email, "…"))
    one, other = Message.objects.order_by("pk")
    assert (one.recipient, one.subject, one.next_at <= timezone.now()) == (
        other.recipient,
        other.subject,
        other.next_at <= timezone.now(),
    )
    assert ("is invited." in pages[0], "is invited." in pages[1]) == (True, True)


def test_who_has_no_account_opens_one_and_is_in(
    process: Process, coordinator: User, party: Party
) -> None:
    invitation = invited(
        process, coordinator, role=Role.DELEGATE, party=party, heads_delegation=True
    )
    client = Client()
    page = client.get(link(invitation))
    assert "Cora invites you to take part." in says(page)
    assert 'value="Europe/Sarajevo"' in says(page)
    assert (User.objects.filter(name="Ina").exists(), page.status_code) == (False, 200)
    typed = {"name": "Ina Moor", "time_zone": "Europe/Oslo"}
    for password in ("12345678", "ina@people.example", ""):
        page = client.post(link(invitation), typed | {"password": password})
        assert (page.status_code, "Ina Moor" in says(page)) == (422, True)
    page = client.post(link(invitation), typed | {"password": PASSWORD})
    assert page.headers["Location"] == "/p/valley/"
    assert client.get("/p/valley/").status_code == 200
    person = User.objects.get(email="ina@people.example")
    assert (person.name, person.time_zone) == ("Ina Moor", "Europe/Oslo")
    assert person.check_password(PASSWORD)
    member = person.memberships.get()
    assert (member.role, member.party, member.heads_delegation) == ("delegate", party, True)
    verbs = [entry.verb for entry in process.ledger_entries.all()[:2]]
    assert verbs == ["invitation.accepted", "member.added"]


def test_who_has_just_chosen_a_password_sets_up_a_second_step_without_it(
    process: Process, coordinator: User
) -> None:
    invitation = invited(process, coordinator)
    client = Client()
    client.post(link(invitation), {"name": "Ina", "time_zone": "UTC", "password": PASSWORD})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_a_delegation_is_told_who_comes_to_head_it_by_whose_invitation(
    process: Process, coordinator: User, alice: User, bob: User, party: Party
) -> None:
    MembershipFactory(process=process, party=party, ended_at=timezone.now())
    invitation = invited(
        process, coordinator, role=Role.DELEGATE, party=party, heads_delegation=True
    )
    open_account(
        invitation=invitation, name="Ina", password=PASSWORD, time_zone="UTC", origin=Origin.LINK
    )
    mail = Message.objects.get(kind="delegation")
    assert (mail.recipient, mail.subject) == (alice, "Delegation of AAA: Ina heads it")
    day = process.today()
    since = f"Ina heads your delegation since {day.day} {day:%b %Y}, named by Cora."
    assert (since in mail.body_text, since in mail.body_html) == (True, True)


def test_a_delegation_is_told_of_who_joins_it_heads_it_or_heads_it_no_longer(
    process: Process, coordinator: User, alice: User, bob: User, party: Party, other_party: Party
) -> None:
    """Of each change once; who makes it and whom it is about get no mail."""
    theirs = MembershipFactory(process=process, party=other_party).user
    place = bob.memberships.get()

    def told(**fields: Any) -> list[tuple[User, str]]:
        given = {"role": Role.DELEGATE, "party": party, "origin": Origin.WEB} | fields
        before = set(Message.objects.values_list("pk", flat=True))
        change_role(actor=coordinator, member=place, **given)
        mails = Message.objects.exclude(pk__in=before).order_by("pk")
        return [(mail.recipient, mail.subject.partition(": ")[2]) for mail in mails]

    assert told() == [(alice, "Bob joined it")]
    assert told(heads_delegation=True) == [(alice, "Bob heads it")]
    assert told(heads_delegation=True, role=Role.OBSERVER) == []
    assert told(heads_delegation=True, party=other_party) == [
        (alice, "Bob heads it no longer"),
        (theirs, "Bob heads it"),
    ]
    assert told(heads_delegation=False, party=other_party) == [(theirs, "Bob heads it no longer")]


def test_a_delegation_that_comes_from_a_file_gets_no_mails(
    process: Process, coordinator: User, alice: User, party: Party
) -> None:
    given = {"process": process, "user": UserFactory(), "role": Role.DELEGATE, "party": party}
    add_member(actor=coordinator, origin=Origin.FILE, **given)
    assert Message.objects.count() == 0


def test_a_second_press_finds_the_process_and_changes_nothing(
    process: Process, coordinator: User
) -> None:
    invitation = invited(process, coordinator)
    client = Client()
    typed = {"name": "Ina", "time_zone": "UTC", "password": PASSWORD}
    client.post(link(invitation), typed)
    again = client.post(link(invitation), typed)
    assert (again.status_code, again.headers["Location"]) == (302, "/p/valley/")
    assert Membership.objects.filter(user__email="ina@people.example").count() == 1


def test_who_has_an_account_signs_in_as_it_and_presses_one_button(
    process: Process, coordinator: User, alice: User
) -> None:
    ina = UserFactory(email="ina@people.example", name="Ina")
    invitation = invited(process, coordinator)
    address = link(invitation)
    assert "/sign-in/?next=%2Finvitation%2F" in says(Client().get(address))
    assert Client().post(address).status_code == 409
    other = browser(alice)
    assert "You are signed in as Alice, alice@people.example." in says(other.get(address))
    typed = {"name": "Alice", "time_zone": "UTC", "password": PASSWORD}
    assert other.post(address, typed).status_code == 409
    mine = browser(ina)
    assert "Accept the invitation" in says(mine.get(address))
    assert mine.get("/p/valley/").status_code == 404
    assert mine.post(address).headers["Location"] == "/p/valley/"
    assert mine.get("/p/valley/").status_code == 200
    assert mine.post(address).headers["Location"] == "/p/valley/"


def test_somebody_else_signed_in_opens_no_account_with_anothers_link(
    process: Process, coordinator: User, alice: User
) -> None:
    invitation = invited(process, coordinator)
    typed = {"name": "Ina", "time_zone": "UTC", "password": PASSWORD}
    assert browser(alice).post(link(invitation), typed).status_code == 409
    assert not User.objects.filter(email="ina@people.example").exists()


def test_links_that_open_nothing_look_the_same(process: Process, coordinator: User) -> None:
    past = timezone.now() - dt.timedelta(minutes=1)
    now = timezone.now()
    tokens = ["forged-forged-forged"]
    for token, fields in {
        "expired": {"expires_at": past},
        "withdrawn": {"withdrawn_at": now, "withdrawn_by": coordinator},
        "used": {"accepted_at": now, "accepted_by": coordinator},
    }.items():
        InvitationFactory(process=process, token=token, **fields)
        tokens.append(token)
    InvitationFactory(process=process, email="ina@people.example", token="tried")
    often = {"REMOTE_ADDR": "192.0.2.7"}
    for _n in range(throttle.ASKED["invitation"][0]):
        assert Client().post("/invitation/tried/", {}, **often).status_code == 422
    tokens.append("tried")
    for method in ("get", "post"):
        answers = {getattr(Client(), method)(f"/invitation/{one}/").content for one in tokens}
        assert len(answers) == 1
    page = Client().get("/invitation/used/")
    assert (page.status_code, "ask who invited you" in says(page)) == (404, True)


def test_sending_again_makes_a_new_link_and_closes_the_former(
    process: Process, coordinator: User
) -> None:
    invitation = invited(process, coordinator)
    past = timezone.now() - dt.timedelta(days=1)
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=past)
    client = browser(coordinator)
    page = client.get("/p/valley/people/")
    assert "expired" in says(page)
    client.post(f"/p/valley/invitations/{invitation.pk}/resend/")
    again = Invitation.objects.get()
    assert Client().get(link(invitation)).status_code == 404
    assert Client().get(link(again)).status_code == 200
    assert (again.sendings, again.expires_at > timezone.now()) == (2, True)
    states = [mail.state for mail in Message.objects.order_by("pk")]
    assert states == ["superseded", "pending"]
    assert process.ledger_entries.first().verb == "invitation.resent"


def test_a_withdrawn_invitation_stays_to_be_read_and_the_address_can_be_invited_again(
    process: Process, coordinator: User
) -> None:
    invitation = invited(process, coordinator)
    client = browser(coordinator)
    client.post(f"/p/valley/invitations/{invitation.pk}/withdraw/")
    page = client.post(f"/p/valley/invitations/{invitation.pk}/withdraw/", follow=True)
    assert "It was withdrawn meanwhile." in says(page)
    assert Client().get(link(invitation)).status_code == 404
    assert Message.objects.get().state == "superseded"
    assert process.ledger_entries.first().verb == "invitation.withdrawn"
    assert invited(process, coordinator).is_open


def test_an_answer_that_comes_too_late_is_refused(process: Process, coordinator: User) -> None:
    ina = UserFactory(email="ina@people.example")
    stale = invited(process, coordinator)
    resend(actor=coordinator, invitation=stale, origin=Origin.WEB)
    with pytest.raises(Refused, match="opens nothing any more"):
        accept(actor=ina, invitation=stale, origin=Origin.LINK)
    invitation = Invitation.objects.get()
    with pytest.raises(Refused, match="for another address"):
        accept(actor=coordinator, invitation=invitation, origin=Origin.LINK)
    accept(actor=ina, invitation=invitation, origin=Origin.LINK)
    for deed in (resend, withdraw):
        with pytest.raises(Refused, match="accepted meanwhile"):
            deed(actor=coordinator, invitation=invitation, origin=Origin.WEB)


def test_who_became_a_member_meanwhile_is_told_so(process: Process, coordinator: User) -> None:
    ina = UserFactory(email="ina@people.example", name="Ina")
    invitation = invited(process, coordinator)
    MembershipFactory(process=process, user=ina)
    page = browser(ina).post(link(invitation), follow=True)
    assert "Ina is a member already." in says(page)


@pytest.mark.django_db(transaction=True)
def test_of_two_acceptances_at_once_one_counts(process: Process, coordinator: User) -> None:
    invitation = invited(process, coordinator)
    fields = {"name": "Ina", "password": PASSWORD, "time_zone": "UTC"}

    def once() -> Membership:
        found = Invitation.objects.select_related("process").get(pk=invitation.pk)
        return open_account(invitation=found, origin=Origin.LINK, **fields)

    kinds = sorted(type(one).__name__ for one in at_once(once, once))
    assert kinds == ["Membership", "Refused"]
    assert Membership.objects.filter(user__email="ina@people.example").count() == 1


def test_no_log_holds_the_link_not_even_as_the_way_back_from_sign_in() -> None:
    token = token_for("nonce")
    for address in (f"/invitation/{token}/", f"/sign-in/?next=%2Finvitation%2F{token}%2F"):
        record = logging.LogRecord("django", 30, "", 0, "Not found: %s", (address,), None)
        ConcealLinks().filter(record)
        assert token not in record.getMessage()
    assert digest(token) != token


def test_nobody_accepts_what_they_offered_themselves(
    process: Process, coordinator: User, party: Party
) -> None:
    """Whoever gave the account another address, or came back under it, would be their own guest."""
    invitation = invited(
        process, coordinator, role=Role.DELEGATE, party=party, heads_delegation=True
    )
    coordinator.memberships.update(ended_at=timezone.now())
    coordinator.email = invitation.email
    coordinator.save()
    with pytest.raises(Refused) as refused:
        accept(actor=coordinator, invitation=invitation, origin=Origin.LINK)
    assert refused.value.message.startswith("Nobody gives themselves a place")
    assert not process.memberships.filter(party=party).exists()


def test_an_invitation_is_named_without_its_address(process: Process, coordinator: User) -> None:
    invitation = invited(process, coordinator, name="")
    assert str(invitation) == f"invitation {invitation.pk}, observer"
    entry = process.ledger_entries.first()
    assert (entry.object_label, entry.summary) == (
        str(invitation),
        "Invited Somebody as observer",
    )
