"""A report as DOCX, for people to go on with: ordinary styles, in its language's direction."""

import io
import re
from collections.abc import Callable
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_DIRECTION
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

#: What XML cannot hold, and marks that would turn the text around them.
_NOT_WRITTEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_LETTERS = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"  # of what runs from right to left
_RIGHT_TO_LEFT = re.compile(f"[{_LETTERS}]")
#: From one Latin, Greek or Cyrillic letter to the last one before the others go on.
_LEFT_TO_RIGHT = re.compile(f"[A-Za-z\u00c0-\u052f](?:[^{_LETTERS}]*[A-Za-z0-9\u00c0-\u052f)%])?")
#: A letter without a shape that goes from left to right.
_MARK = "\u200e"
#: What the schema has behind it among the properties of a paragraph.
_AFTER_BIDI = (
    *("w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:contextualSpacing"),
    *("w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:textDirection", "w:textAlignment"),
    *("w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr"),
)
#: Rows of the matrix between two words on the progress.
_EVERY = 50
_WIDTHS = (30, 56, 22, 24, 24, 30, 78)
_FONT, _FONT_OF_ARABIC = "Cambria", "Arial"


def docx(document: dict[str, Any], progress: Callable[[float], None] = lambda share: None) -> bytes:
    """The document as `document.document` gives it; `progress` is told what share is written."""
    writer = _Writer(document)
    writer.write(progress)
    file = io.BytesIO()
    writer.file.save(file)
    return file.getvalue()


class _Writer:
    def __init__(self, document: dict[str, Any]) -> None:
        self.said, self.turned = document, document["rtl"]
        self.file = Document()
        self._set_up()

    def _set_up(self) -> None:
        core = self.file.core_properties
        core.title = _plain(self.said["title"])[:255]
        core.author = _plain(self.said["process"])[:255]
        core.language, core.comments = self.said["language"], ""
        for style in self.file.styles:
            if style.type == WD_STYLE_TYPE.PARAGRAPH:
                self._set_language(style)
        normal = self.file.styles["Normal"]
        normal.font.size, normal.font.name = Pt(10.5), _FONT
        page = self.file.sections[0]
        page.page_width, page.page_height = Mm(210), Mm(297)
        for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
            setattr(page, side, Mm(20))
        self._number_pages(page)

    def _set_language(self, style: Any) -> None:
        """The language of proofing, letters for Arabic, and which way a paragraph runs."""
        run = style.element.get_or_add_rPr()
        fonts = run.get_or_add_rFonts()
        for name in [*fonts.attrib]:
            del fonts.attrib[name]
        for name, font in (("ascii", _FONT), ("hAnsi", _FONT), ("cs", _FONT_OF_ARABIC)):
            fonts.set(qn(f"w:{name}"), font)
        for name in ("w:lang", "w:spacing", "w:kern"):  # letters that join stay together
            for old in run.findall(qn(name)):
                run.remove(old)
        lang = OxmlElement("w:lang")
        lang.set(qn("w:bidi" if self.turned else "w:val"), self.said["language"])
        run.append(lang)
        if self.turned:
            _turn(style.element.get_or_add_pPr())

    def _number_pages(self, page: Any) -> None:
        paragraph = page.footer.paragraphs[0]
        words = f"{self.said['reference']} · {self.said['approved']} · {self.said['page']} "
        straight = OxmlElement("w:bidi")  # the number stands behind the word
        straight.set(qn("w:val"), "0")
        paragraph._p.get_or_add_pPr().insert_element_before(straight, *_AFTER_BIDI)
        paragraph.add_run(_plain(words))
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            run = paragraph.add_run()
            part = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                part.set(qn("w:fldCharType"), kind)
            else:
                part.text = text
            run._r.append(part)

    def write(self, progress: Callable[[float], None]) -> None:
        said = self.said
        self._paragraph(said["process"])
        self._paragraph(said["title"], "Title")
        self._table([(name, [value]) for name, value in said["facts"]], (38, 132))
        self._paragraph(said["approved"], bold=said["is_draft"])
        if said["seal"]:
            self._paragraph(said["seal"])
        if said["headline"]:
            self._paragraph(said["headline"], "Heading 2")
            self._counts()
        for section in said["sections"]:
            self._paragraph(section["heading"], "Heading 1")
            for kind, lines in section["blocks"]:
                if kind == "ul":
                    for line in lines:
                        self._paragraph(line, "List Bullet")
                else:
                    self._paragraph("\n".join(lines))
        if said["matrix"]["rows"]:
            self._matrix(progress)

    def _counts(self) -> None:
        """The chart as the table that it is drawn of: it can be read, and copied."""
        chart = self.said["chart"]
        names = list(chart["legend"])
        head = [[""], *([chart["legend"][name]] for name in names)]
        rows = [
            [[bar.label], *([str(bar.counts[name])] for name in names)] for bar in chart["bars"]
        ]
        self._grid(head, rows, (68, 34, 34, 34))

    def _matrix(self, progress: Callable[[float], None]) -> None:
        page = self.file.add_section(WD_SECTION.NEW_PAGE)
        page.orientation = WD_ORIENT.LANDSCAPE
        page.page_width, page.page_height = Mm(297), Mm(210)
        page.left_margin = page.right_margin = Mm(16)
        matrix = self.said["matrix"]
        self._paragraph(matrix["title"], "Heading 1")
        rows = [
            [
                [row["article"]],
                [f"{row['title']} ({row['code']})"],
                *([row[name]] for name in ("owed_by", "reported", "verified", "standing")),
                row["remarks"],
            ]
            for row in matrix["rows"]
        ]
        self._grid([[name] for name in matrix["head"]], rows, _WIDTHS, progress)

    def _grid(
        self,
        head: list[list[str]],
        rows: list[list[list[str]]],
        widths: tuple[int, ...],
        progress: Callable[[float], None] = lambda share: None,
    ) -> None:
        """A table whose head is repeated on each page. Cells are written as elements: asking the
        library for each would take as long again for each row before it."""
        table = self.file.add_table(rows=0, cols=len(widths))
        table.style = "Table Grid"
        self._lay(table, widths)
        self._row(table, head, widths, is_head=True)
        for done, row in enumerate(rows, start=1):
            self._row(table, row, widths)
            if done % _EVERY == 0:
                progress(done / len(rows))

    def _table(self, rows: list[tuple[str, list[str]]], widths: tuple[int, ...]) -> None:
        table = self.file.add_table(rows=0, cols=2)
        self._lay(table, widths)
        for name, value in rows:
            self._row(table, [[name], value], widths)

    def _lay(self, table: Any, widths: tuple[int, ...]) -> None:
        table.autofit = False
        for column, width in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
            column.set(qn("w:w"), str(Mm(width).twips))
        if self.turned:
            table.table_direction = WD_TABLE_DIRECTION.RTL

    def _row(
        self,
        table: Any,
        cells: list[list[str]],
        widths: tuple[int, ...],
        is_head: bool = False,
    ) -> None:
        row = OxmlElement("w:tr")
        about = OxmlElement("w:trPr")
        about.append(OxmlElement("w:cantSplit"))
        if is_head:
            about.append(OxmlElement("w:tblHeader"))
        row.append(about)
        for texts, width in zip(cells, widths, strict=True):
            cell = OxmlElement("w:tc")
            size = OxmlElement("w:tcW")
            size.set(qn("w:w"), str(Mm(width).twips))
            size.set(qn("w:type"), "dxa")
            looks = OxmlElement("w:tcPr")
            looks.append(size)
            cell.append(looks)
            for text in texts or [""]:
                cell.append(self._element(text, bold=is_head, small=len(widths) > 2))
            row.append(cell)
        table._tbl.append(row)

    def _element(self, text: str, *, bold: bool, small: bool) -> Any:
        paragraph = OxmlElement("w:p")
        about = OxmlElement("w:pPr")
        spacing = OxmlElement("w:spacing")
        spacing.set(qn("w:after"), "40")
        if self.turned:
            _turn(about)
        about.append(spacing)
        paragraph.append(about)
        for part, turned in _by_direction(_plain(text), self.turned):
            run = OxmlElement("w:r")
            looks = OxmlElement("w:rPr")
            if bold:
                looks.append(OxmlElement("w:b"))
                looks.append(OxmlElement("w:bCs"))
            if small:
                for name in ("w:sz", "w:szCs"):
                    size = OxmlElement(name)
                    size.set(qn("w:val"), "17")
                    looks.append(size)
            if turned:
                looks.append(OxmlElement("w:rtl"))
            run.append(looks)
            words = OxmlElement("w:t")
            words.text = part
            words.set(qn("xml:space"), "preserve")
            run.append(words)
            paragraph.append(run)
        return paragraph

    def _paragraph(self, text: str, style: str = "Normal", bold: bool = False) -> None:
        paragraph = self.file.add_paragraph(style=style)
        self._run(paragraph, text, bold)

    def _run(self, paragraph: Any, text: str, bold: bool = False) -> None:
        if self.turned:
            _turn(paragraph._p.get_or_add_pPr())
        for part, turned in _by_direction(_plain(text), self.turned):
            run = paragraph.add_run(part)
            run.bold = bold or None
            run.font.rtl = turned or None


def _by_direction(text: str, turned: bool) -> list[tuple[str, bool]]:
    """A text in runs of one direction, each with whether it goes from right to left."""
    if not _RIGHT_TO_LEFT.search(text):
        # The marks keep a number or a bracket at either end where it stands.
        return [(f"{_MARK}{text}{_MARK}" if turned and text else text, False)]
    found: list[tuple[str, bool]] = []
    at = 0
    for part in _LEFT_TO_RIGHT.finditer(text):
        found += [(text[at : part.start()], True), (part[0], False)]
        at = part.end()
    found.append((text[at:], True))
    return [one for one in found if one[0]]


def _turn(about: Any) -> None:
    """Let a paragraph run from right to left."""
    if about.find(qn("w:bidi")) is None:
        about.insert_element_before(OxmlElement("w:bidi"), *_AFTER_BIDI)


def _plain(text: str) -> str:
    return _NOT_WRITTEN.sub("", text)
