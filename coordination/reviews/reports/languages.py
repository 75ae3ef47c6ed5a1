"""In which languages a report can be written, and which way they run."""

from django.conf import settings
from django.conf.locale import LANG_INFO

#: Working languages of peace processes. The product drafts in those that it speaks itself, and in
#: English where it does not; what is typed can be in any of them.
CODES = ("en", "fr", "ar", "es", "pt", "ru", "fa", "he", "bs", "hr", "sr", "sw", "uk", "tr", "id")


def choices() -> list[tuple[str, str]]:
    """Each by its own name."""
    return [(code, LANG_INFO[code]["name_local"]) for code in CODES]


def is_right_to_left(code: str) -> bool:
    return bool(LANG_INFO.get(code.partition("-")[0], {}).get("bidi"))


def installed(code: str) -> str:
    """The language in which the product speaks of a report that is written in another."""
    known = [spoken for spoken, _name in settings.LANGUAGES]
    own = [spoken for spoken in known if spoken.partition("-")[0] == code.partition("-")[0]]
    return own[0] if own else settings.LANGUAGE_CODE
