#!/usr/bin/env python3
"""Check an exported ledger of Entente against checkpoints that you kept.

    python verify_entente_ledger.py LEDGER [CHECKPOINT ...] [--key PUBLIC_KEY] [--entry FILE]

LEDGER is the file that "Export the ledger" gave you or somebody else. CHECKPOINT is a text file
with one or more checkpoints, copied from the daily mails or downloaded. Needs no Entente and no
network: Python 3.9 or newer, and for checkpoints the package `cryptography`.

Ends with status 0 where everything holds, with 1 where anything does not, and with 2 where it does
not understand what it was called with.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import re
import sys
from collections.abc import Callable
from typing import Any

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # the chain itself can be checked without it
    Ed25519PublicKey = None  # type: ignore[assignment,misc]

GENESIS = "0" * 64
LEDGER, CHECKPOINT = "entente-ledger-1", "entente-checkpoint-1"
BEGIN, END = "-----BEGIN ENTENTE CHECKPOINT-----", "-----END ENTENTE CHECKPOINT-----"
HEX = re.compile("[0-9a-f]{64}")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Says one line to whoever runs this.
Say = Callable[[str], None]
#: Problems that are named one by one.
NAMED = 20

HEADER_FIELDS = {"format", "process", "process_id", "count", "head"}
ENTRY_FIELDS = {"sequence", "previous_hash", "content_hash", "hash"}
SHOWN_FIELDS = ENTRY_FIELDS | {"content", "salt"}
STATEMENT_FIELDS = {
    *("format", "process", "process_id", "number", "at", "count", "head", "key", "public_key"),
}


class Wrong(Exception):
    """What is wrong, in words."""


def canonical(value: Any) -> str:
    """The one way to write a value, so that not a byte of a file goes unchecked."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def parse(data: bytes, what: str) -> dict[str, Any]:
    """The object that the bytes of one line say, where they say it in the one canonical way."""
    try:
        value = json.loads(data.decode("utf-8"))
        same = isinstance(value, dict) and canonical(value).encode("utf-8") == data
    except (ValueError, RecursionError):
        raise Wrong(f"{what} is not readable: it was damaged or changed") from None
    if not same:
        raise Wrong(f"{what} is not written as Entente writes it: it was damaged or changed")
    return value


def has(value: dict[str, Any], hashes: Any = (), numbers: Any = ()) -> bool:
    """Whether the named fields are hashes and whole numbers."""
    return all(
        isinstance(value[name], str) and HEX.fullmatch(value[name]) for name in hashes
    ) and all(type(value[name]) is int and value[name] >= 0 for name in numbers)


# --- The ledger -----------------------------------------------------------------------------------


def one_line(data: bytes, what: str) -> bytes:
    """The line without its end, which must be there."""
    if not data.endswith(b"\n"):
        raise Wrong(f"{what} ends before its end: the file was cut off")
    return data[:-1]


def read_header(data: bytes) -> dict[str, Any]:
    """The first line: which process, how many entries, and the hash of the last."""
    header = parse(one_line(data, "line 1"), "line 1")
    fits = set(header) == HEADER_FIELDS and header["format"] == LEDGER
    if not fits or not has(header, ["head"], ["process_id", "count"]):
        raise Wrong("line 1 does not say that this is a ledger exported by Entente")
    if not isinstance(header["process"], str):
        raise Wrong("line 1 does not name a process")
    return header


def read_entry(data: bytes, process_id: int, what: str) -> dict[str, Any]:
    """One entry, whose content, place and hashes belong together."""
    entry = parse(one_line(data, what), what)
    if set(entry) not in (ENTRY_FIELDS, SHOWN_FIELDS):
        raise Wrong(f"{what} has fields missing, or more than an entry has")
    if not has(entry, ["previous_hash", "content_hash", "hash"], ["sequence"]):
        raise Wrong(f"{what} holds something that is no hash or no number")
    if "content" in entry:
        if not isinstance(entry["salt"], str) or not HEX.fullmatch(entry["salt"]):
            raise Wrong(f"{what} has no proper salt")
        if digest(f"{entry['salt']}\n{canonical(entry['content'])}") != entry["content_hash"]:
            raise Wrong(f"{what}: its content is not what was recorded")
    parts = (entry["previous_hash"], process_id, entry["sequence"], entry["content_hash"])
    if digest("\n".join(str(part) for part in parts)) != entry["hash"]:
        raise Wrong(f"{what}: its hash is not that of its content and place")
    return entry


def read_entries(lines: list[bytes], process_id: int) -> tuple[list[dict[str, Any]], list[str]]:
    """The entries of the lines after the first, and what is wrong with those that are not."""
    entries: list[dict[str, Any]] = []
    problems: list[str] = []
    for number, data in enumerate(lines, start=2):
        try:
            entry = read_entry(data, process_id, f"line {number}")
            entry["shown"] = entry.pop("content", None) is not None
            entries.append(entry)
        except Wrong as wrong:
            problems.append(str(wrong))
    return entries, problems


def check_chain(header: dict[str, Any], entries: list[dict[str, Any]]) -> list[str]:
    """What is wrong with the order of the entries, or with where they end."""
    problems, expected, previous = [], 1, GENESIS
    for entry in entries:
        here = entry["sequence"]
        if here != expected:
            problems.append(f"entry {here} stands where entry {expected} belongs")
        if entry["previous_hash"] != previous:
            problems.append(f"entry {here} does not follow the one before it")
        expected, previous = here + 1, entry["hash"]
    count = entries[-1]["sequence"] if entries else 0
    if header["count"] != len(entries) or header["count"] != count:
        problems.append(f"line 1 says {header['count']} entries, and {len(entries)} sound ones are")
    if header["head"] != previous:
        problems.append("the last entry is not the one that line 1 names")
    return problems


# --- Checkpoints ----------------------------------------------------------------------------------


def read_checkpoints(text: str, what: str) -> list[dict[str, Any]]:
    """The checkpoints in a text: mails fold and quote lines, which changes none of them."""
    found = []
    for block in text.split(BEGIN)[1:]:
        body, end, _rest = block.partition(END)
        if not end:
            raise Wrong(f"{what}: a checkpoint has no last line ({END})")
        found.append(read_checkpoint(re.sub(r"[\s>]", "", body), what))
    if not found:
        raise Wrong(f"{what} holds no checkpoint: copy it with its first and its last line")
    return found


def read_checkpoint(body: str, what: str) -> dict[str, Any]:
    parts = re.fullmatch(r"(\{.*\})([0-9a-f]{128})", body)
    if not parts:
        raise Wrong(f"{what}: a checkpoint is not whole, or was changed")
    statement = parse(parts[1].encode("utf-8", "replace"), f"{what}: a checkpoint")
    more = set(statement) - STATEMENT_FIELDS
    fits = set(statement) >= STATEMENT_FIELDS and more in (set(), {"next_key"}, {"lost_key"})
    if not fits or statement["format"] != CHECKPOINT:
        raise Wrong(f"{what}: this is no checkpoint of Entente")
    keys = ["head", "public_key", *(more & {"next_key"})]
    if not has(statement, keys, ["process_id", "number", "count"]):
        raise Wrong(f"{what}: a checkpoint holds something that is no hash or no number")
    name = f"checkpoint {statement['number']} ({what})"
    if statement["key"] != key_id(statement["public_key"]):
        raise Wrong(f"{name} calls its key by the name of another")
    if not is_signed(parts[1], parts[2], statement["public_key"]):
        raise Wrong(f"{name} is not signed by its key: it was changed, or never came from Entente")
    return {**statement, "name": name, "text": parts[1]}


def key_id(public: str) -> str:
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]


def is_signed(text: str, signature: str, public: str) -> bool:
    if Ed25519PublicKey is None:
        raise Wrong("checkpoints cannot be checked without the package: pip install cryptography")
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), text.encode("utf-8"))
    except (InvalidSignature, ValueError):
        return False
    return True


def check_checkpoint(
    checkpoint: dict[str, Any], header: dict[str, Any], hashes: list[str]
) -> list[str]:
    """What is wrong between one checkpoint and the ledger."""
    name, count = checkpoint["name"], checkpoint["count"]
    about = (checkpoint["process"], checkpoint["process_id"])
    if about != (header["process"], header["process_id"]):
        return [f"{name} is about another process"]
    if count > len(hashes):
        words = f"knew {count} entries, and this ledger has {len(hashes)}: some were cut off"
        return [f"{name} {words}, or this ledger is older than the checkpoint"]
    if checkpoint["head"] != (hashes[count - 1] if count else GENESIS):
        return [f"{name} knew another entry {count}: something up to there was rewritten"]
    return []


def check_keys(checkpoints: list[dict[str, Any]], keys: list[str]) -> list[str]:
    """What is wrong with who signed: a key is trusted, or announced by one that was."""
    problems: list[str] = []
    trusted = set(keys)
    replaced: dict[str, str] = {}
    # The same checkpoint comes twice where two mails with it were kept.
    once = {one["text"]: one for one in checkpoints}.values()
    for one in sorted(once, key=lambda one: one["number"]):
        key = one["public_key"]
        if key in replaced:
            words = f"signed by key {one['key']}, which {replaced[key]} replaced"
            problems.append(f"{one['name']} is {words}")
        elif key not in trusted:
            words = f"signed by key {one['key']}, which you do not trust and no checkpoint here "
            words += "announces: add the checkpoint of the change of key, or, once you have asked "
            problems.append(f"{one['name']} is {words}that this is the right key, --key {key}")
        elif "next_key" in one:
            replaced[key] = one["name"]
            replaced.pop(one["next_key"], None)
            trusted.add(one["next_key"])
    return problems


def check_order(checkpoints: list[dict[str, Any]]) -> list[str]:
    """What is wrong between the checkpoints themselves."""
    problems = []
    ordered = sorted(checkpoints, key=lambda one: (one["number"], one["count"]))
    for one, other in zip(ordered, ordered[1:]):  # noqa: B905, RUF007 Python 3.9 has neither
        if one["number"] == other["number"] and one["text"] != other["text"]:
            problems.append(f"there are two different checkpoints {one['number']}")
        elif one["count"] > other["count"]:
            problems.append(f"{other['name']} knew fewer entries than {one['name']}")
    return problems


# --- The command ----------------------------------------------------------------------------------


def plain(text: Any) -> str:
    """Text of the ledger without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else "?" for sign in str(text))


def when(said: Any) -> str:
    """A moment as people write it; whatever else stands in its place as it is."""
    try:
        at = datetime.datetime.fromisoformat(said)
        if at.tzinfo is None:
            return str(said)
        at = at.astimezone(datetime.timezone.utc)  # noqa: UP017 Python 3.9 has no other
    except (TypeError, ValueError, OverflowError):
        return str(said)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"


def prove_entries(path: str, header: dict[str, Any], hashes: list[str], say: Say) -> list[str]:
    """Say of each entry in a file whether it stands in the ledger."""
    problems = []
    for number, data in enumerate(read(path).splitlines(keepends=True), start=1):
        what = f"{path}, line {number}"
        try:
            entry = read_entry(data.rstrip(b"\r\n") + b"\n", header["process_id"], what)
        except Wrong as wrong:
            problems.append(str(wrong))
            continue
        place = entry["sequence"]
        if not 1 <= place <= len(hashes) or hashes[place - 1] != entry["hash"]:
            problems.append(f"{what}: this is not entry {place} of the ledger")
        elif "content" not in entry:
            problems.append(f"{what}: entry {place} is in the ledger, but its content is not shown")
        else:
            said = entry["content"] if isinstance(entry["content"], dict) else {}
            parts = (when(said.get("at")), said.get("actor_name"), said.get("summary"))
            words = " | ".join(str(part) for part in parts)
            say(f"Entry {place} is proved: {plain(words)}")
    return problems


def read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name is not that of a file"
        raise Wrong(f"{path} cannot be read ({reason})") from None


def key(text: str) -> str:
    if not HEX.fullmatch(text.lower()):
        raise argparse.ArgumentTypeError("a public key is 64 hexadecimal digits")
    return text.lower()


def check(options: argparse.Namespace, say: Say) -> list[str]:
    """Everything that is wrong; says what holds as it goes."""
    lines = read(options.ledger).splitlines(keepends=True)
    # bytes.splitlines also splits at a carriage return, which no canonical line holds.
    if not lines:
        raise Wrong(f"{options.ledger} is empty")
    try:
        header = read_header(lines[0])
    except Wrong as wrong:
        if LEDGER.encode() in lines[0]:
            raise
        words = "is not an exported ledger; is the order of the files right?"
        raise Wrong(f"{options.ledger} {words}") from wrong
    entries, problems = read_entries(lines[1:], header["process_id"])
    problems += check_chain(header, entries)
    hashes = [entry["hash"] for entry in entries]
    shown = sum(entry["shown"] for entry in entries)
    say(f"Ledger of {plain(header['process'])}: {len(entries)} entries, {shown} with content.")
    checkpoints = []
    for path in options.checkpoint:
        try:
            checkpoints += read_checkpoints(read(path).decode("utf-8", "replace"), path)
        except Wrong as wrong:
            problems.append(str(wrong))
    for one in checkpoints:
        found = check_checkpoint(one, header, hashes)
        problems += found
        if not found:
            say(f"Fits {plain(one['name'])} of {plain(when(one['at']))}, {one['count']} entries.")
    problems += check_order(checkpoints)
    trusted = options.key
    if checkpoints and not trusted:
        first = min(checkpoints, key=lambda one: one["number"])
        trusted = [first["public_key"]]
        say(f"Taken on trust: that the key of {first['name']} is Entente's, {trusted[0]}.")
    problems += check_keys(checkpoints, trusted)
    for path in options.entry:
        problems += prove_entries(path, header, hashes, say)
    vouched = max((one["count"] for one in checkpoints), default=0)
    if checkpoints and vouched < len(hashes):
        later = f"Entries {vouched + 1} to {len(hashes)} are later than every checkpoint here"
        say(f"{later}: nothing vouches for them yet.")
    if not options.checkpoint:
        say("Without a checkpoint, nothing shows whether the whole ledger was written anew.")
    return problems


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Check an exported ledger of Entente against checkpoints that you kept."
    )
    parser.add_argument("ledger", metavar="LEDGER", help="the exported ledger")
    parser.add_argument("checkpoint", metavar="CHECKPOINT", nargs="*", help="text of checkpoints")
    parser.add_argument(
        "--key", action="append", default=[], type=key, help="a public key that you trust"
    )
    parser.add_argument(
        "--entry", action="append", default=[], metavar="FILE", help="entries to prove, one a line"
    )
    options = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")

    def say(words: str) -> None:
        sys.stdout.write(words + "\n")

    try:
        problems = check(options, say)
    except Wrong as wrong:
        problems = [str(wrong)]
    for problem in problems[:NAMED]:
        say(f"WRONG: {plain(problem)}")
    if len(problems) > NAMED:
        say(f"WRONG: and {len(problems) - NAMED} more")
    say("NOT everything holds: see above." if problems else "Everything that was checked holds.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
