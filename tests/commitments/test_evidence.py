"""What may be uploaded, how it is kept, and how it is read again."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coordination.base.errors import Refused
from coordination.commitments.actions.evidence import (
    add_evidence,
    mark_contradiction,
    supersede_evidence,
    unmark_contradiction,
)
from coordination.commitments.actions.findings import prepare_verification
from coordination.commitments.models import Commitment, Evidence
from coordination.commitments.uploads import NAME_LENGTH, receive, safe_name
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from tests import factories
from tests.editing import browser, fill, says
from tests.threads import at_once

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script>%PDF-1.7"


def packed(**parts: str | bytes) -> bytes:
    """A packed file; `__` in a name stands for a slash."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, said in parts.items():
            file.writestr(name.replace("__", "/").replace("TYPES", "[Content_Types].xml"), said)
    return content.getvalue()


DOCX = packed(TYPES="<Types/>", **{"word__document.xml": "<w/>"})
ODT = packed(mimetype="application/vnd.oasis.opendocument.text", **{"content.xml": "<x/>"})
KML = b'<?xml version="1.0"?>\n<!-- lines -->\n<kml xmlns="http://www.opengis.net/kml/2.2"></kml>'


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def stored(content: bytes = PDF, name: str = "list.pdf") -> Any:
    return receive(upload(name, content))


def add(commitment: Commitment, actor: Any, **said: Any) -> Evidence:
    given = {"title": "Transfer list", "source": "Avaria", "origin": Origin.WEB} | said
    if "url" not in given:
        given.setdefault("file", stored())
    return add_evidence(actor=actor, commitment=commitment, **given)


@pytest.mark.django_db
def test_the_ledger_seals_what_an_unreleased_finding_rests_on(
    obligation: Any, commitment: Commitment, carol: Any
) -> None:
    finding = prepare_verification(
        actor=carol,
        obligation=obligation,
        body=commitment.verifying_body,
        level=0,
        found="Nothing is done.",
        occurred_on=commitment.process.today(),
        origin=Origin.WEB,
    )
    said = {"source": "Informant K", "verification": finding}
    first = add(commitment, carol, title="Hidden howitzers", url="https://a.example/secret", **said)
    second = supersede_evidence(
        actor=carol, evidence=first, title="Howitzers", url="https://a.example/second",
        origin=Origin.WEB, **said,
    )  # fmt: skip
    mark_contradiction(actor=carol, evidence=first, other=second, origin=Origin.WEB)
    entries = Entry.objects.filter(object_type="evidence").order_by("sequence")
    assert [set(entry.after) for entry in entries] == [
        {"number", "sha256"},
        {"number", "sha256"},
        {"contradicts"},
    ]
    told = " ".join(f"{entry.summary} {entry.object_label} {entry.after}" for entry in entries)
    assert not any(word in told for word in ("owitzers", "Informant", "a.example"))


def link(name: str, commitment: Commitment, *more: int) -> str:
    return reverse(name, args=[commitment.process.slug, commitment.number, *more])


def on_disk() -> list[Path]:
    return [path for path in (settings.MEDIA_ROOT / "evidence").rglob("*") if path.is_file()]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


# --- What may come in -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("A.PDF", PDF, "application/pdf"),
        ("a.png", PNG, "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(40), "image/jpeg"),
        ("a.webp", b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(40), "image/webp"),
        ("a.tif", b"II*\x00\x08\x00\x00\x00" + bytes(40), "image/tiff"),
        ("a.mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(40), "video/mp4"),
        ("a.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.odt", ODT, "application/vnd.oasis.opendocument.text"),
        ("a.txt", "Izvještaj, Тузла".encode(), "text/plain"),
        ("a.txt", "Тузла".encode("cp1251"), "text/plain"),
        ("a.txt", "Тузла".encode("utf-16"), "text/plain"),
        ("a.csv", b"name,day\nTuzla,1996-02-10\n", "text/csv"),
        ("a.geojson", b'{"type": "Point", "coordinates": [18.6, 44.5]}', "application/geo+json"),
        ("a.kml", KML, "application/vnd.google-earth.kml+xml"),
    ],
)
def test_what_may_be_uploaded_is_stored_under_its_hash(
    name: str, content: bytes, media_type: str
) -> None:
    got = stored(content, name)
    sha256 = hashlib.sha256(content).hexdigest()
    assert (got.media_type, got.size, got.sha256) == (media_type, len(content), sha256)
    assert got.path == f"evidence/{sha256[:2]}/{sha256}"
    assert (settings.MEDIA_ROOT / got.path).read_bytes() == content


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", HTML, "not that of a PDF file"),
        ("a.pdf", b" \n" + PDF.replace(b"%PDF", b"%PFD"), "not that of a PDF file"),
        ("a.png", SVG, "not that of a PNG file"),
        ("a.png", PDF, "not that of a PNG file"),
        ("a.docx", packed(a="b"), "not that of a DOCX file"),
        ("a.docx", b"PK\x03\x04" + bytes(200), "not that of a DOCX file"),
        ("a.xlsx", DOCX, "not that of a XLSX file"),
        ("a.odt", DOCX, "not that of a ODT file"),
        ("a.docx", packed(TYPES="", **{"word__document.xml": "", "word__vbaProject.bin": "x"}),
         "has macros"),
        ("a.docx", packed(TYPES="x.macroEnabled.main+xml", **{"word__document.xml": ""}),
         "has macros"),
        ("a.odt", packed(mimetype="application/vnd.oasis.opendocument.text",
                         **{"Basic__Standard__Module1.xml": "Sub"}), "has macros"),
        ("a.txt", b"MZ\x90\x00\x03", "not that of a text file"),
        ("a.txt", b"#!/bin/sh\nrm -r /\n", "a web page, a drawing or a script"),
        ("a.txt", b"  <SCRIPT>alert(1)</script>", "a web page, a drawing or a script"),
        ("a.csv", b"\xef\xbb\xbf<html><body>", "a web page, a drawing or a script"),
        ("a.txt", SVG, "a web page, a drawing or a script"),
        ("a.geojson", b'{"type": "Script"}', "not that of a GeoJSON file"),
        ("a.geojson", b"[" * 100_000, "not that of a GeoJSON file"),
        ("a.kml", SVG, "not that of a KML file"),
        ("a.kml", b'<!DOCTYPE kml [<!ENTITY a "b">]><kml></kml>', "not that of a KML file"),
        ("a.kml", KML.replace(b"</kml>", b"<script/></kml>"), "not that of a KML file"),
        ("a.kml", b"<!---->" * 5000, "not that of a KML file"),
        ("a.html", HTML, "Files of this kind are not taken"),
        ("a.svg", SVG, "Files of this kind are not taken"),
        ("a.docm", DOCX, "Files of this kind are not taken"),
        ("report.pdf.exe", PDF, "Files of this kind are not taken"),
        ("pdf", PDF, "Files of this kind are not taken"),
        ("a.pdf", b"", "The file is empty"),
    ],
)  # fmt: skip
def test_what_is_not_what_its_name_says_is_refused_and_leaves_no_file(
    name: str, content: bytes, words: str
) -> None:
    with pytest.raises(Refused, match=words) as refused:
        receive(upload(name, content))
    assert (refused.value.field, on_disk()) == ("file", [])


def test_a_packed_file_that_unpacks_to_far_too_much_is_refused(settings: Any) -> None:
    settings.EVIDENCE_MAX_BYTES = 10_000
    bomb = packed(TYPES="", **{"word__document.xml": "", "word__media": bytes(200_000)})
    assert len(bomb) < 10_000
    with pytest.raises(Refused, match="far too large"):
        receive(upload("a.docx", bomb))


def test_a_file_above_the_limit_is_refused_with_the_limit(settings: Any) -> None:
    settings.EVIDENCE_MAX_BYTES = len(PDF)
    assert stored().size == len(PDF)
    with pytest.raises(Refused, match="larger than"):
        receive(upload("a.pdf", PDF + b" "))


def test_a_name_is_kept_without_its_path_and_without_what_misleads() -> None:
    assert safe_name("..\\..\\etc/../list of\nprisoners.pdf") == "list ofprisoners.pdf"
    assert safe_name("../../etc/passwd") == "passwd"
    assert safe_name("fdp.\u202eexe.pdf") == "fdp.exe.pdf"
    assert safe_name('a<b>"c".pdf') == "a_b__c_.pdf"
    assert safe_name("Spisak zatočenika.pdf") == "Spisak zatočenika.pdf"
    assert safe_name(" .pdf") == "pdf"
    assert safe_name("\n") == "file"
    long = safe_name("../" + "x" * 300 + "\n.pdf")
    assert (len(long), long[-5:]) == (NAME_LENGTH, "x.pdf")


def test_an_upload_that_breaks_off_leaves_nothing_under_a_name_that_counts() -> None:
    class Broken(SimpleUploadedFile):
        def read(self, size: int = -1) -> bytes:
            if size == 1024 * 1024:
                raise ConnectionResetError
            return super().read(size)

    with pytest.raises(ConnectionResetError):
        receive(Broken("a.pdf", PDF))
    assert on_disk() == []


# --- Adding -----------------------------------------------------------------------------------


def test_the_same_content_added_twice_is_stored_once(commitment, alice) -> None:
    first, second = add(commitment, alice), add(commitment, alice, title="Again")
    assert (first.number, second.number) == (1, 2)
    assert first.file.name == second.file.name
    assert len(on_disk()) == 1


def test_the_ledger_keeps_the_hash(commitment, alice) -> None:
    evidence = add(commitment, alice)
    entry = Entry.objects.get(verb="evidence.added")
    assert entry.after["sha256"] == evidence.sha256 == hashlib.sha256(PDF).hexdigest()
    assert entry.summary == "Added evidence 1 to C-1: Transfer list"
    assert list(verify(commitment.process)) == []


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "ftp://files.example/a", "data:text/html,x", "//files.example"),
        *("https://alice:secret@files.example/", "https://[", "list of prisoners"),
    ],
)
def test_only_web_addresses_are_links(commitment, alice, url: str) -> None:
    with pytest.raises(Refused) as refused:
        add(commitment, alice, url=url)
    assert refused.value.field == "url"


def test_it_is_a_file_or_a_link_and_says_what_it_is(commitment, alice) -> None:
    assert add(commitment, alice, url="https://files.example/a?b=c").sha256 == ""
    for said, field in (
        ({"url": "https://files.example/", "file": stored()}, "url"),
        ({"url": ""}, "file"),
        ({"title": " "}, "title"),
        ({"source": ""}, "source"),
    ):
        with pytest.raises(Refused) as refused:
            add(commitment, alice, **said)
        assert refused.value.field == field


def test_what_it_supports_is_of_the_same_commitment(commitment, obligation, alice) -> None:
    mine, other = factories.CheckInFactory(obligation=obligation), factories.CheckInFactory()
    assert add(commitment, alice, check_in=mine).obligation == obligation
    for said in (
        {"check_in": other},
        {"obligation": other.obligation},
        {"verification": factories.VerificationFactory()},
        {"supersedes": add(other.obligation.commitment, alice)},
    ):
        with pytest.raises(Refused):
            add(commitment, alice, **said)


def test_what_is_superseded_stays_and_is_superseded_once(commitment, alice) -> None:
    old = add(commitment, alice)
    new = supersede_evidence(
        actor=alice, evidence=old, origin=Origin.WEB, title="New", source="A", file=stored()
    )
    assert (new.number, new.supersedes) == (2, old)
    with pytest.raises(Refused, match="Evidence 1 is superseded by 2 already"):
        supersede_evidence(
            actor=alice, evidence=old, origin=Origin.WEB, title="Newer", source="A", file=stored()
        )


def test_contradicting_pieces_are_both_marked_and_the_mark_can_be_taken_back(
    commitment, alice
) -> None:
    one, two = add(commitment, alice), add(commitment, alice)
    mark_contradiction(actor=alice, evidence=one, other=two, origin=Origin.WEB)
    assert [list(one.contradicts.all()), list(two.contradicts.all())] == [[two], [one]]
    with pytest.raises(Refused, match="marked already"):
        mark_contradiction(actor=alice, evidence=two, other=one, origin=Origin.WEB)
    unmark_contradiction(actor=alice, evidence=two, other=one, origin=Origin.WEB)
    assert list(one.contradicts.all()) == []
    with pytest.raises(Refused, match="not marked"):
        unmark_contradiction(actor=alice, evidence=one, other=two, origin=Origin.WEB)
    elsewhere = add(factories.CommitmentFactory(), alice)
    for other in (one, elsewhere):
        with pytest.raises(Refused):
            mark_contradiction(actor=alice, evidence=one, other=other, origin=Origin.WEB)


@pytest.mark.django_db(transaction=True)
def test_two_who_add_at_once_get_two_numbers(commitment, alice, coordinator) -> None:
    made = at_once(lambda: add(commitment, alice), lambda: add(commitment, coordinator))
    assert sorted(one.number for one in made) == [1, 2]
    assert len(on_disk()) == 1


# --- Pages ------------------------------------------------------------------------------------


def typed(client: Any, commitment: Commitment, **fields: Any) -> dict[str, Any]:
    form = fill(client, link("evidence-add", commitment), title="Transfer list", source="Avaria")
    return form | fields


def test_a_focal_point_uploads_a_file_and_finds_it_again(commitment, obligation, alice) -> None:
    client = browser(alice)
    check_in = factories.CheckInFactory(obligation=obligation)
    sent = typed(client, commitment, supports=f"check_in-{check_in.pk}", dated_on="1996-02-10")
    page = client.post(
        link("evidence-add", commitment), sent | {"file": upload("list.pdf", PDF)}, follow=True
    )
    assert page.redirect_chain == [(link("commitment", commitment) + "#evidence", 302)]
    evidence = Evidence.objects.get()
    assert (evidence.check_in, evidence.obligation) == (check_in, obligation)
    words = says(client.get(link("evidence", commitment, 1)))
    assert hashlib.sha256(PDF).hexdigest() in words
    assert "Transfer list" in says(client.get(link("evidence-list", commitment)))


def test_a_refused_form_keeps_the_words_and_asks_for_the_file_again(commitment, alice) -> None:
    client = browser(alice)
    sent = typed(client, commitment, dated_on="10 February")
    page = client.post(link("evidence-add", commitment), sent | {"file": upload("list.pdf", PDF)})
    assert page.status_code == 422
    words = says(page)
    assert "Write a day as in 1996-02-14." in words
    assert "Choose the file again: a browser does not keep it." in words
    assert 'value="Transfer list"' in words
    assert on_disk() == []


def test_a_file_that_is_too_large_is_cut_off_and_refused(commitment, alice, settings: Any) -> None:
    settings.EVIDENCE_MAX_BYTES = 100_000
    client = browser(alice)
    sent = typed(client, commitment)
    large = upload("list.pdf", PDF + bytes(3_000_000))
    page = client.post(link("evidence-add", commitment), sent | {"file": large})
    assert page.status_code == 422
    assert "The file is larger than 97.7 KB" in says(page)
    assert page.wsgi_request.FILES["file"].size < 300_000


def test_a_form_sent_twice_counts_once_and_another_file_in_it_counts(commitment, alice) -> None:
    client = browser(alice)
    sent = typed(client, commitment)
    for content in (PDF, PDF, PDF + b"%"):
        client.post(link("evidence-add", commitment), sent | {"file": upload("l.pdf", content)})
    assert Evidence.objects.count() == 2


def test_evidence_is_superseded_on_its_page(commitment, alice) -> None:
    add(commitment, alice)
    client = browser(alice)
    address = link("evidence-supersede", commitment, 1)
    client.post(address, fill(client, address, url="https://files.example/new"))
    assert Evidence.objects.get(number=2).supersedes.number == 1
    assert "superseded by" in says(client.get(link("evidence", commitment, 1)))
    assert "<form" not in says(client.get(address)).split("<main")[1]
    assert "superseded by" in says(client.get(link("evidence-list", commitment)))


def test_contradictions_are_marked_and_taken_back_on_their_page(commitment, alice) -> None:
    one, two = add(commitment, alice), add(commitment, alice, title="Other list")
    client = browser(alice)
    address = link("evidence-contradict", commitment, 1)
    client.post(address, fill(client, address, "mark", other=str(two.pk)))
    assert list(one.contradicts.all()) == [two]
    assert "contradicts 1" in says(client.get(link("evidence-list", commitment)))
    client.post(address, fill(client, address, "unmark"))
    assert list(one.contradicts.all()) == []
    page = client.post(address, {"what": "mark", "other": str(10**6)})
    assert (page.status_code, "Choose one of the list." in says(page)) == (422, True)


def test_who_neither_reports_nor_verifies_nor_keeps_adds_nothing(
    commitment, alice, bob, carol, coordinator, dave, outsider
) -> None:
    answers = [
        browser(user).get(link("evidence-add", commitment)).status_code
        for user in (alice, bob, carol, coordinator, dave, outsider)
    ]
    assert answers == [200, 200, 200, 200, 403, 404]


def test_a_finding_that_is_not_released_is_not_shown_with_its_evidence(
    commitment, obligation, alice, carol
) -> None:
    finding = factories.VerificationFactory(obligation=obligation, author=carol)
    finding.released_at = finding.approved_at = None
    finding.save()
    add(commitment, carol, verification=finding)
    address = link("evidence", commitment, 1)
    assert f"Verification {finding.number}" in says(browser(carol).get(address))
    assert f"Verification {finding.number}" not in says(browser(alice).get(address))


def test_a_download_is_an_attachment_in_which_nothing_runs(commitment, alice, bob, dave) -> None:
    add(commitment, alice, file=stored(name='Spisak "zatočenika"; x.pdf'))
    assert browser(dave).get(link("evidence-file", commitment, 1)).status_code == 404
    response = browser(bob).get(link("evidence-file", commitment, 1))
    assert b"".join(response.streaming_content) == PDF
    said = {
        name: response.headers[name]
        for name in (
            "Content-Type", "Content-Disposition", "Content-Length",
            "X-Content-Type-Options", "Content-Security-Policy", "Cache-Control",
        )
    }  # fmt: skip
    assert said == {
        "Content-Type": "application/pdf",
        "Content-Disposition": (
            "attachment; filename*=utf-8''Spisak%20_zato%C4%8Denika_%3B%20x.pdf"
        ),
        "Content-Length": str(len(PDF)),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }


def test_outsiders_and_links_have_no_file(commitment, alice, outsider) -> None:
    add(commitment, alice)
    add(commitment, alice, url="https://files.example/")
    assert browser(outsider).get(link("evidence-file", commitment, 1)).status_code == 404
    assert browser(alice).get(link("evidence-file", commitment, 2)).status_code == 404
    other = factories.CommitmentFactory(process=commitment.process)
    assert browser(alice).get(link("evidence-file", other, 1)).status_code == 404


@pytest.mark.parametrize("damage", ["missing", "shorter", "changed"])
def test_a_file_that_is_not_as_it_was_is_not_given_out(commitment, alice, damage: str) -> None:
    evidence = add(commitment, alice)
    path = settings.MEDIA_ROOT / evidence.file.name
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(PDF[:-1] if damage == "shorter" else PDF[:-1] + b"!")
    page = browser(alice).get(link("evidence-file", commitment, 1))
    assert page.status_code == 409
    assert "The file is missing, or is not what was recorded" in says(page)
    stored()  # whoever has it brings it back
    assert browser(alice).get(link("evidence-file", commitment, 1)).status_code == 200


def test_the_list_asks_the_database_as_often_for_many_as_for_one(
    commitment, alice, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    client = browser(alice)
    one = add(commitment, alice, url="https://files.example/")
    client.get(link("evidence-list", commitment))
    with django_assert_max_num_queries(25) as first:
        client.get(link("evidence-list", commitment))
    for n in range(12):
        new = add(commitment, alice, url=f"https://files.example/{n}")
        mark_contradiction(actor=alice, evidence=one, other=new, origin=Origin.WEB)
    with django_assert_num_queries(len(first)):
        client.get(link("evidence-list", commitment))
