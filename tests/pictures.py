"""`python -m tests.pictures`: pictures of every kind of page of the running example.

It loads the examples into a database of its own and opens each page in Chromium: on a desktop, on a
phone, in dark colours, from right to left, and on paper.
"""

import argparse
import os
import subprocess
import sys
from html import escape
from pathlib import Path
from typing import Any

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
#: A sheet of A4, lying, less its margins.
SHEET = {"viewport": {"width": 1047, "height": 740}}
#: The window, and the language of who looks.
VARIANTS: dict[str, tuple[dict[str, Any], str]] = {
    "1440": (DESKTOP, "en-gb"),
    "390": (PHONE, "en-gb"),
    "dark": (DESKTOP | {"color_scheme": "dark"}, "en-gb"),
    "arabic": (DESKTOP, "ar"),
    "arabic-390": (PHONE, "ar"),
    "print": (SHEET, "en-gb"),
}


def write_index(folder: Path) -> int:
    """One page that lists the pictures, a line for each page; how many there are."""
    rows: dict[str, list[str]] = {}
    pictures = sorted(folder.glob("*.png"))
    for picture in pictures:
        suffixes = (one for one in VARIANTS if picture.stem.endswith(f"-{one}"))
        variant = max(suffixes, key=len, default="")
        rows.setdefault(picture.stem.removesuffix(f"-{variant}"), []).append(
            f'<a href="{escape(picture.name)}">{escape(variant)}</a>'
        )
    items = "\n".join(f"<li>{escape(name)}: {', '.join(some)}</li>" for name, some in rows.items())
    folder.joinpath("index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Every page</title>'
        f"<h1>Every page</h1>\n<ul>\n{items}\n</ul>\n</html>\n"
    )
    return len(pictures)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.pictures", description="Take a picture of every kind of page."
    )
    parser.add_argument(
        "--only", default="", help="words, by commas: pictures with one of them in their name"
    )
    parser.add_argument("--to", type=Path, default=Path("var/pictures"), help="the folder")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pytest", "tests/browser/pictures.py", "-q", "-n", "2"]
    environment = {"PICTURES_TO": str(options.to.resolve()), "PICTURES_ONLY": options.only}
    status = subprocess.run(command, env=os.environ | environment, check=False).returncode
    print(f"{write_index(options.to)} pictures: {options.to / 'index.html'}")
    return status


if __name__ == "__main__":
    sys.exit(main())
