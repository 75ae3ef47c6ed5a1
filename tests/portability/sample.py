"""The example of docs/process-file.md, and ways to change it."""

from pathlib import Path

import pytest

from coordination.portability.loader import Loaded, load_process_file
from coordination.portability.problems import FileRefused
from coordination.portability.validation import read_process_file

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "coordination" / "portability" / "examples"


def documented_example() -> str:
    """The first YAML block of the document."""
    document = (ROOT / "docs" / "process-file.md").read_text()
    return document.split("```yaml\n", 1)[1].split("```", 1)[0]


SAMPLE = documented_example()


def changed(*changes: tuple[str, str]) -> str:
    """The example with texts replaced; each must be there once."""
    text = SAMPLE
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the example"
        text = text.replace(old, new)
    return text


def with_commitments(commitments: str, anchors: str = "[]", time_zone: str = "UTC") -> str:
    """A file with nothing but one party, anchors and commitments."""
    return (
        "format: entente-process/1\n"
        f"process: {{slug: try, name: Try, short_name: Try, time_zone: {time_zone}}}\n"
        "parties: [{code: NO, name: Northland, kind: state, part: conflict_party}]\n"
        f"anchors: {anchors}\ncommitments:\n{commitments}"
    )


def load(text: str, **options: object) -> Loaded:
    return load_process_file("file.yaml", text.encode(), **options)


def problems(text: str | bytes, **options: bool) -> list[str]:
    """What is said about a file that is not accepted."""
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(FileRefused) as refused:
        read_process_file("file.yaml", content, **options)
    return refused.value.sentences
