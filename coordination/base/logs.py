import logging
import re

_TOKEN = re.compile(r"/c/[\w-]{20,}")


class HideTokens(logging.Filter):
    """Keeps check-in links, which are rights in themselves, out of the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = _TOKEN.sub("/c/…", message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True
