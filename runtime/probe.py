"""Health checks of the containers, light enough to run every few seconds.

    python runtime/probe.py web                  asks the page /health/live on this machine
    python runtime/probe.py fresh FILE SECONDS   the file was touched within that time

Standard library only. Exit code 0 is healthy; otherwise one sentence says why not.
"""

import http.client
import os
import sys
import time


def host_name() -> str:
    """A name that the site answers to, whatever address it is reached by."""
    name = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip() or "127.0.0.1"
    return "localhost" if name == "*" else name.lstrip(".")


def status(port: int, path: str, host: str, timeout: float = 5.0) -> int:
    """The HTTP status of a page of the web server on this machine; 0 when it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": host, "Connection": "close"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def main(arguments: list[str]) -> str:
    """The reason why it is not healthy, or an empty string."""
    match arguments:
        case ["web"]:
            found = status(int(os.environ.get("PORT", "8000")), "/health/live", host_name())
            return "" if found == 200 else f"The web server answered {found or 'nothing'}."
        case ["fresh", file, seconds]:
            try:
                age = time.time() - os.stat(file).st_mtime
            except OSError:
                return f"There is no sign of life in {file} yet."
            return "" if age <= float(seconds) else f"The last sign of life is {age:.0f} s old."
    return __doc__ or ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or 0)
