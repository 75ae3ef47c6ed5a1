"""What a database can keep of a text that came from elsewhere."""


def storable(text: str, length: int | None = None) -> str:
    """Without half characters and the zero byte, which no database takes, and cut to a length."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")[:length]
