"""Compiles the translations that people edit (locale/*/LC_MESSAGES/*.po) into what is read (.mo).

    python -m runtime.translations

Standard library only: neither an installation nor a translator needs the gettext tools. The
compiled file is kept beside its source, and a test holds the two together.
"""

import ast
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAGIC = 0x950412DE
#: Between a context and its text, and between the forms of one text.
CONTEXT, FORMS = "\x04", "\x00"


class Unreadable(Exception):
    """A line that is not of a translation file."""


def entries(text: str) -> Iterator[dict[str, str]]:
    """Each entry by its keywords, such as msgid and msgstr[0]; what is marked as fuzzy is left."""
    entry: dict[str, str] = {}
    keyword, fuzzy, fuzzy_next = "", False, False
    for number, line in enumerate([*text.splitlines(), "msgid"], start=1):
        line = line.strip()
        if line.startswith("#,"):
            fuzzy_next = "fuzzy" in line
        if not line or line.startswith("#"):
            continue
        if line.startswith("msg"):
            keyword, _, line = line.partition(" ")
            if keyword == "msgctxt" or (keyword == "msgid" and list(entry) != ["msgctxt"]):
                if entry and not fuzzy:
                    yield entry
                entry, fuzzy, fuzzy_next = {}, fuzzy_next, False
            entry[keyword] = ""
        if line:
            try:
                entry[keyword] += ast.literal_eval(line)
            except (KeyError, SyntaxError, ValueError) as error:
                raise Unreadable(f"Line {number} is not understood: {line}") from error


def catalogue(text: str) -> dict[str, str]:
    """What a translation file says, as gettext looks it up; untranslated texts are left out."""
    found = {}
    for entry in entries(text):
        key = entry["msgid"]
        if "msgid_plural" in entry:
            key += FORMS + entry["msgid_plural"]
        if "msgctxt" in entry:
            key = entry["msgctxt"] + CONTEXT + key
        said = [words for name, words in entry.items() if name.startswith("msgstr")]
        if all(said):
            found[key] = FORMS.join(said)
    return found


def compiled(text: str) -> bytes:
    """The same as a .mo file: two tables of lengths and places, then the texts."""
    rows = sorted((key.encode(), words.encode()) for key, words in catalogue(text).items())
    count, header = len(rows), 7 * 4
    at = header + 2 * 8 * count
    tables, texts = [], b""
    for column in (0, 1):
        for row in rows:
            tables += [len(row[column]), at + len(texts)]
            texts += row[column] + b"\0"
    head = struct.pack("<7I", MAGIC, 0, count, header, header + 8 * count, 0, at)
    return head + struct.pack(f"<{len(tables)}I", *tables) + texts


def sources() -> list[Path]:
    return sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))


def main() -> int:
    for source in sources():
        try:
            result = compiled(source.read_text(encoding="utf-8"))
        except Unreadable as error:
            print(f"{source}: {error}", file=sys.stderr)
            return 1
        source.with_suffix(".mo").write_bytes(result)
        print(f"{source.with_suffix('.mo').relative_to(ROOT)} written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
