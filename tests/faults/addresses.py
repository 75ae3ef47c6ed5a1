"""Who is written to: an address for each message that is expected, and no other message."""


def queued_address(n: int) -> str:
    return f"queued-{n}@faults.example"


def due_address(n: int) -> str:
    return f"owner-{n}@faults.example"


def expected(messages: int, due: int) -> set[str]:
    """Every address that must have had its mail at the end."""
    return {queued_address(n) for n in range(messages - due)} | {due_address(n) for n in range(due)}
