"""The files of a report: what is in them, and how they are made."""

import datetime as dt
import hashlib
import io
import time
import zipfile
from pathlib import Path
from typing import Any

import docx as word
import pypdf
import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from coordination.reviews.actions import (
    ask_for_report_file,
    make_report_files,
    report_file_for_dispatch,
)
from coordination.reviews.actions.report_files import GIVE_UP, LEASE, _claim
from coordination.reviews.models import Report, ReportFile
from coordination.reviews.reports.document import blocks, document
from coordination.reviews.reports.docx import docx
from coordination.reviews.reports.figures import figures_of
from coordination.reviews.reports.pdf import pdf

from .test_reports import ROW, approved, made

pytestmark = pytest.mark.django_db

HOSTILE = (
    '#read("/etc/passwd") #import "x.typ" $x^2$ *bold* _it_ <w:t>&amp; ]]> \\ @ref `raw` '
    "\x07\x1b\x0b‮ " + "😀" * 4000
)
ARABIC = "تم سحب الأسلحة الثقيلة من المنطقة وفق المادة IX.1(c) من الاتفاق، 45% منها."


@pytest.fixture
def report(process, lead_body, bob, coordinator, owe) -> Report:
    owe(-3, title="Withdraw heavy weapons")
    return made(process, lead_body, coordinator)


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def asked(report: Report, actor: Any, kind: str = "pdf") -> ReportFile:
    return ask_for_report_file(actor=actor, report=report, format=kind, origin="web")


def said(report: Report, **more: Any) -> dict[str, Any]:
    return document(figures_of(report) | more)


def text_of_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def cells_of(content: bytes) -> list[str]:
    file = word.Document(io.BytesIO(content))
    return [cell.text for table in file.tables for row in table.rows for cell in row.cells]


# --- What is in them ---


def test_the_pdf_is_tagged_in_its_language_and_has_a_title(report) -> None:
    content = pdf(said(report))
    read = pypdf.PdfReader(io.BytesIO(content))
    root: Any = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    assert read.metadata and read.metadata.title == "Third quarterly report"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    text = " ".join(text_of_pdf(content).split())
    for words in ("0 complete, 0 ongoing, 1 pending of 1", "Draft, not approved", "3 days late"):
        assert words in text


@pytest.mark.parametrize("make", [pdf, docx])
def test_what_people_typed_is_text_and_nothing_else(report, make) -> None:
    rows = [
        ROW | {"title": HOSTILE, "remarks": [{"owner": "", "text": HOSTILE, "on": "2019-05-01"}]}
    ]
    words = [{"part": "summary", "text": HOSTILE}]
    content = make(said(report, title=HOSTILE[:150], rows=rows, sections=words))
    if make is docx:
        text = " ".join(cells_of(content))
        assert text.count("😀") == 8000
    else:
        text = text_of_pdf(content)
    assert '#read("/etc/passwd")' in text and "<w:t>&amp;" in text and "root:" not in text


def test_arabic_runs_from_right_to_left_in_both(report) -> None:
    rows = [ROW | {"title": ARABIC}]
    words = [{"part": "summary", "text": f"{ARABIC}\n\n- {ARABIC}"}]
    report.language = "ar"
    given = said(report, title="تقرير التنفيذ الثالث", rows=rows, sections=words, rtl=True)
    read = pypdf.PdfReader(io.BytesIO(pdf(given)))
    fonts = {font for page in read.pages for font in page["/Resources"]["/Font"].get_object()}  # type: ignore[index]
    names = " ".join(
        str(page["/Resources"]["/Font"][font]["/BaseFont"])  # type: ignore[index]
        for page in read.pages
        for font in fonts
        if font in page["/Resources"]["/Font"]  # type: ignore[index]
    )
    assert "Amiri" in names and read.trailer["/Root"]["/Lang"] == "ar"  # type: ignore[index]
    file = word.Document(io.BytesIO(docx(given)))
    paragraph = next(one for one in file.paragraphs if one.text == ARABIC)
    assert paragraph._p.pPr.find(word.oxml.ns.qn("w:bidi")) is not None  # type: ignore[attr-defined]
    runs = [(run.text, bool(run.font.rtl)) for run in paragraph.runs]
    assert runs[1] == ("IX.1(c)", False) and [rtl for _text, rtl in runs] == [True, False, True]
    assert "bidiVisual" in file.tables[-1]._tbl.xml


def test_five_hundred_rows_take_no_ten_seconds(report) -> None:
    rows = [ROW | {"code": f"C-{n}", "number": n} for n in range(500)]
    given = said(report, rows=rows)
    begun = time.monotonic()
    shares: list[float] = []
    assert len(pypdf.PdfReader(io.BytesIO(pdf(given))).pages) > 10
    packed = zipfile.ZipFile(io.BytesIO(docx(given, shares.append)))
    assert packed.read("word/document.xml").count(b"<w:tr>") > 500
    assert time.monotonic() - begun < 20 and len(shares) == 10


def test_blocks_are_paragraphs_and_lists() -> None:
    assert blocks("One\nline.\r\n\r\nMore:\n- a\n– b\n\nEnd") == [
        ("p", ["One", "line."]), ("p", ["More:"]), ("ul", ["a", "b"]), ("p", ["End"]),
    ]  # fmt: skip


# --- How they are made ---


def test_they_are_made_in_the_background_and_kept_under_their_digest(
    client, report, alice, settings
) -> None:
    files = [asked(report, alice, kind) for kind in ("pdf", "docx")]
    assert make_report_files() == 2 and make_report_files() == 0
    client.force_login(alice)
    for file in files:
        file.refresh_from_db()
        content = (settings.MEDIA_ROOT / file.file.name).read_bytes()
        assert (file.state, file.progress, file.size) == ("ready", 100, len(content))
        assert hashlib.sha256(content).hexdigest() == file.sha256
        response = client.get(f"/p/valley/reports/{report.pk}/files/{file.pk}/")
        assert b"".join(response.streaming_content) == content
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Disposition"].startswith("attachment")
    page = client.get(f"/p/valley/reports/{report.pk}/files/")
    assert "Refresh" not in page and files[0].sha256 in page.content.decode()


def test_nobody_else_fetches_one(client, report, alice, outsider) -> None:
    file = asked(report, alice)
    make_report_files()
    client.force_login(outsider)
    assert client.get(f"/p/valley/reports/{report.pk}/files/{file.pk}/").status_code == 404


def test_one_file_is_made_by_one_worker_and_taken_over_when_that_is_gone(report, alice) -> None:
    asked(report, alice)
    now = timezone.now()
    first = _claim(now)
    assert first is not None and _claim(now) is None
    with time_machine.travel(now + LEASE + dt.timedelta(seconds=1)):
        assert make_report_files() == 1
    assert ReportFile.objects.get().state == "ready"


def test_what_cannot_be_made_says_so_and_stops_no_other(report, alice, monkeypatch) -> None:
    broken = asked(report, alice, "docx")
    fine = asked(report, alice)
    report.sections.all().delete()
    monkeypatch.setattr("coordination.reviews.actions.report_files.docx", lambda *_given: 1 / 0)
    assert make_report_files() == 1
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.state, fine.state) == ("failed", "ready")
    assert "could not be made" in broken.error


def test_one_that_ends_each_worker_is_given_up(report, alice) -> None:
    asked(report, alice)
    now = timezone.now()
    assert _claim(now) is not None
    assert _claim(now + GIVE_UP + LEASE) is None
    assert ReportFile.objects.get().state == "failed"


def test_an_approved_report_has_its_files_made_once_and_one_to_send(report, bob) -> None:
    draft = asked(report, bob)
    make_report_files()
    sealed = approved(report, bob)
    assert report_file_for_dispatch(sealed) is None
    call_command("tick", stdout=io.StringIO())
    file = report_file_for_dispatch(sealed)
    assert file is not None and file.pk != draft.pk
    assert asked(sealed, bob).pk == file.pk
    with file.file.open() as stored:
        text = text_of_pdf(stored.read())
    assert "Approved by Bob on" in text and sealed.digest[:20] in "".join(text.split())
