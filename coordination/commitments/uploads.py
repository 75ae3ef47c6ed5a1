"""Files that people upload: what may come in, under which name, and where it is kept.

A file counts as what both its name and its content say it is. It is stored under its SHA-256: the
same content is there once, and a stored file never changes. It gets its name only when all of it is
written, so that whatever interrupts an upload leaves no half file that a row could name.
"""

import hashlib
import json
import os
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import puremagic
from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from coordination.base.errors import Refused

NAME_LENGTH = 160
#: A packed file may come to as many times the size limit when it is unpacked, in as many parts.
UNPACKED_TIMES, UNPACKED_PARTS = 10, 5000

_CHUNK = 1024 * 1024
#: No text has them: whatever holds one is something else.
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
#: What a browser or a shell would run, however it is called.
_RUNS = re.compile(
    rb"\s*(#!|<\?php|<%|<!doctype|<!--|<\?xml-stylesheet"
    rb"|</?(html|head|body|script|svg|iframe|object|embed|meta|link|style|img|title|table|div)\b)",
    re.IGNORECASE,
)
_KML = re.compile(rb"\s*<kml[\s>]")
_PROLOGUE, _ENDS = re.compile(rb"\s*(<\?xml|<!--)"), {b"<?xml": b"?>", b"<!--": b"-->"}
_NOT_IN_KML = re.compile(
    rb"<!doctype|<!entity|<script|<\?xml-stylesheet|javascript:", re.IGNORECASE
)
_GEOJSON = {
    *("Feature", "FeatureCollection", "GeometryCollection", "Point", "MultiPoint"),
    *("LineString", "MultiLineString", "Polygon", "MultiPolygon"),
}


class Truncate(FileUploadHandler):
    """Takes in no more of a file than shows that it is too large; the form then says so."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= settings.EVIDENCE_MAX_BYTES else None

    def file_complete(self, file_size: int) -> None:
        return None


@dataclass(frozen=True)
class Stored:
    """A file that is in its place on the disk."""

    path: str
    name: str
    media_type: str
    size: int
    sha256: str


def receive(upload: Any) -> Stored:
    """Check an uploaded file and store it; `Refused` says in words what is wrong with it."""
    name = safe_name(upload.name or "")
    kind = KINDS.get(os.path.splitext(name)[1].lower())
    if kind is None:
        raise _refused(
            _("Files of this kind are not taken. Choose one of these: %s.") % allowed_in_words()
        )
    if not upload.size:
        raise _refused(_("The file is empty: choose another one."))
    if upload.size > settings.EVIDENCE_MAX_BYTES:
        raise _refused(
            _("The file is larger than %s: make it smaller, or give a link to it.")
            % filesizeformat(settings.EVIDENCE_MAX_BYTES)
        )
    upload.seek(0)
    kind.check(upload)
    upload.seek(0)
    return _store(upload, name, kind.media_type)


def _store(upload: Any, name: str, media_type: str) -> Stored:
    """Write it beside its place under no name that counts, then move it there in one step."""
    digest, size = hashlib.sha256(), 0
    folder = Path(settings.MEDIA_ROOT) / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix="part-", delete=False) as part:
        try:
            while chunk := upload.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                part.write(chunk)
            part.flush()
            os.fsync(part.fileno())
            path = place(digest.hexdigest())
            (folder.parent / path).parent.mkdir(exist_ok=True)
            os.replace(part.name, folder.parent / path)
        except BaseException:
            os.unlink(part.name)
            raise
    return Stored(path, name, media_type, size, digest.hexdigest())


def place(sha256: str) -> str:
    """Where content is kept below MEDIA_ROOT."""
    return f"evidence/{sha256[:2]}/{sha256}"


def is_intact(path: str, size: int, sha256: str) -> bool:
    """Whether the stored file is there and is still what was stored."""
    try:
        with (Path(settings.MEDIA_ROOT) / path).open("rb") as file:
            return os.fstat(file.fileno()).st_size == size and (
                hashlib.file_digest(file, "sha256").hexdigest() == sha256
            )
    except OSError:
        return False


def read(path: str) -> Iterator[bytes]:
    """The stored file in pieces; opened only when somebody takes the first."""
    with (Path(settings.MEDIA_ROOT) / path).open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def safe_name(given: str) -> str:
    """A file's name without a path, control characters, or signs that turn how it is read.

    What an extension is stays one: a long name loses characters before it.
    """
    name = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])
    # Format characters (Cf) can make "exe.pdf" look like "fdp.exe".
    name = "".join(
        "_" if sign in '<>:"|?*' else sign
        for sign in name
        if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    )
    stem, extension = os.path.splitext(" ".join(name.split()).strip(". "))
    if len(extension) > 12:
        stem, extension = stem + extension, ""
    return (stem[: NAME_LENGTH - len(extension)].rstrip() or _("file")) + extension


def allowed_in_words() -> str:
    return ", ".join(dict.fromkeys(kind.name for kind in KINDS.values()))


def accepted() -> str:
    """For the `accept` of a form's field."""
    return ",".join(KINDS)


def _refused(words: str) -> Refused:
    return Refused(words, "file")


def _not_what_it_says(name: str) -> Refused:
    words = _("The content is not that of a %s file: choose the file itself, not one renamed.")
    return _refused(words % name)


@dataclass(frozen=True)
class Kind:
    """A kind of file that is taken: how it is called and sent, and what its content must be."""

    name: str
    media_type: str
    check: Callable[[Any], None]


def _begins_like(name: str, *extensions: str) -> Callable[[Any], None]:
    """Its first bytes are those of the kind, under one of the extensions that puremagic knows."""

    def check(upload: Any) -> None:
        try:
            found = puremagic.magic_stream(upload)
        except (puremagic.PureError, ValueError):
            found = []
        # What is at most hinted at by some bytes in the middle counts for nothing.
        if not any(one.extension in extensions and one.offset <= 8 for one in found):
            raise _not_what_it_says(name)

    return check


def _packed(name: str, fits: Callable[[zipfile.ZipFile], bool]) -> Callable[[Any], None]:
    """A packed document that can be unpacked, without macros."""

    def check(upload: Any) -> None:
        try:
            with zipfile.ZipFile(upload) as packed:
                parts = packed.infolist()
                most = UNPACKED_TIMES * settings.EVIDENCE_MAX_BYTES
                if len(parts) > UNPACKED_PARTS or sum(part.file_size for part in parts) > most:
                    raise _refused(_("Unpacked, the file is far too large: it is not taken."))
                if not fits(packed):
                    raise _not_what_it_says(name)
                if _has_macros(packed):
                    raise _refused(
                        _("The document has macros in it. Save it without them, or as PDF.")
                    )
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError) as bad:
            raise _not_what_it_says(name) from bad

    return check


def _begins(packed: zipfile.ZipFile, part: str, size: int = 100_000) -> bytes:
    """The first bytes of a part, however large it claims to be."""
    if part not in packed.namelist():
        return b""
    with packed.open(part) as content:
        return content.read(size)


def _has_macros(packed: zipfile.ZipFile) -> bool:
    names = [part.lower() for part in packed.namelist()]
    return b"macroenabled" in _begins(packed, "[Content_Types].xml", 1_000_000).lower() or any(
        "vbaproject" in name or name.startswith(("basic/", "scripts/")) for name in names
    )


def _office(name: str, main: str) -> Callable[[Any], None]:
    def fits(packed: zipfile.ZipFile) -> bool:
        return {"[Content_Types].xml", main} <= set(packed.namelist())

    return _packed(name, fits)


def _open_document(name: str, media_type: str) -> Callable[[Any], None]:
    def fits(packed: zipfile.ZipFile) -> bool:
        return _begins(packed, "mimetype").strip() == media_type.encode()

    return _packed(name, fits)


def _text(upload: Any) -> bytes:
    """All of a file that is text, in UTF-8, UTF-16 or an older encoding."""
    content: bytes = upload.read()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeDecodeError:
            raise _not_what_it_says(_("text")) from None
    content = content.removeprefix(b"\xef\xbb\xbf")
    if _CONTROL.search(content):
        raise _not_what_it_says(_("text"))
    return content


def _plain(upload: Any) -> None:
    if _RUNS.match(_text(upload)):
        raise _refused(_("The file is a web page, a drawing or a script: save it as PDF."))


def _geojson(upload: Any) -> None:
    try:
        said = json.loads(_text(upload))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or said.get("type") not in _GEOJSON:
        raise _not_what_it_says("GeoJSON")


def _kml(upload: Any) -> None:
    content = _text(upload)
    if not _KML.match(content, _after_prologue(content)) or _NOT_IN_KML.search(content):
        raise _not_what_it_says("KML")


def _after_prologue(content: bytes) -> int:
    """Where a document begins after its declaration and its comments."""
    at = 0
    while begins := _PROLOGUE.match(content, at):
        at = content.find(_ENDS[begins[1]], begins.end())
        if at < 0:
            return len(content)
        at += len(_ENDS[begins[1]])
    return at


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_JPEG = Kind("JPEG", "image/jpeg", _begins_like("JPEG", ".jpg", ".jpeg"))
_TIFF = Kind("TIFF", "image/tiff", _begins_like("TIFF", ".tif", ".tiff"))

#: What may be uploaded, by extension; with what it is sent as when somebody downloads it.
KINDS = {
    ".pdf": Kind("PDF", "application/pdf", _begins_like("PDF", ".pdf")),
    ".png": Kind("PNG", "image/png", _begins_like("PNG", ".png")),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": Kind("WebP", "image/webp", _begins_like("WebP", ".webp")),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".mp4": Kind("MP4", "video/mp4", _begins_like("MP4", ".mp4", ".m4v")),
    ".docx": Kind(
        "DOCX", f"{_OOXML}wordprocessingml.document", _office("DOCX", "word/document.xml")
    ),
    ".xlsx": Kind("XLSX", f"{_OOXML}spreadsheetml.sheet", _office("XLSX", "xl/workbook.xml")),
    ".pptx": Kind(
        "PPTX",
        f"{_OOXML}presentationml.presentation",
        _office("PPTX", "ppt/presentation.xml"),
    ),
    ".odt": Kind("ODT", f"{_ODF}text", _open_document("ODT", f"{_ODF}text")),
    ".ods": Kind("ODS", f"{_ODF}spreadsheet", _open_document("ODS", f"{_ODF}spreadsheet")),
    ".txt": Kind("TXT", "text/plain", _plain),
    ".csv": Kind("CSV", "text/csv", _plain),
    ".geojson": Kind("GeoJSON", "application/geo+json", _geojson),
    ".kml": Kind("KML", "application/vnd.google-earth.kml+xml", _kml),
}
