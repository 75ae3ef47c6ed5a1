"""What must be right before Entente starts: each check returns, or raises one sentence."""

import os
import socket
import sqlite3
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import environ
import psycopg
import redis
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from runtime.processes import Problem

SECONDS = 5  # how long a server may take to answer


def folder(path: Path) -> None:
    """The folder for local state exists and can be written to."""
    probe = path / ".writable"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Problem(
            f"The folder {path} cannot be written to ({_reason(error)}): make it writable, "
            "or name another one in ENTENTE_VAR."
        ) from None


def port(text: str) -> int:
    """The port's number, when nobody else listens on it."""
    number = int(text) if text.isdecimal() else 0
    if not 0 < number < 65536:
        raise Problem(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    try:
        socket.create_server(("127.0.0.1", number)).close()
    except PermissionError:
        raise Problem(
            f"Port {number} is reserved for the system administrator: choose another one, "
            "for example `make run PORT=8001`."
        ) from None
    except OSError:
        raise Problem(
            f"Port {number} is taken by another program: stop that, or choose another port, "
            f"for example `make run PORT={number + 1 if number < 65535 else 8001}`."
        ) from None
    return number


def database(url: str) -> None:
    """The database answers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # the parser warns where it had better refuse
            parsed = environ.Env.db_url_config(url)
        engine = parsed["ENGINE"]
        if not engine.endswith(("sqlite3", "postgresql")) or not parsed["NAME"]:
            raise ValueError
    except (ValueError, KeyError, Warning, ImproperlyConfigured):
        # The value itself may hold a password.
        raise Problem(
            "DATABASE_URL is not understood: it looks like "
            "postgresql://user:password@host:5432/name or sqlite:////folder/file."
        ) from None
    if engine.endswith("sqlite3"):
        _sqlite(parsed["NAME"])
    else:
        _postgresql(parsed)


def _sqlite(name: str) -> None:
    try:
        with sqlite3.connect(name, timeout=SECONDS) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
        connection.close()
    except sqlite3.Error as error:
        raise Problem(
            f"The database file {name} of DATABASE_URL cannot be used ({error}): "
            "check the path and who may write to it."
        ) from None


def _postgresql(parsed: dict) -> None:
    where = f"{parsed['HOST'] or 'this machine'}:{parsed['PORT'] or 5432}"
    try:
        psycopg.connect(
            host=parsed["HOST"] or None,
            port=parsed["PORT"] or None,
            user=parsed["USER"] or None,
            password=parsed["PASSWORD"] or None,
            dbname=parsed["NAME"],
            connect_timeout=SECONDS,
            **parsed.get("OPTIONS", {}),
        ).close()
    except psycopg.Error as error:
        text = str(error)
        if "authentication failed" in text or "no password supplied" in text:
            what = (
                f"The database at {where} refused the user {parsed['USER']!r} or the password: "
                "correct them in DATABASE_URL."
            )
        elif f'database "{parsed["NAME"]}" does not exist' in text:
            what = (
                f"The database server at {where} has no database {parsed['NAME']!r}: create it, "
                "or correct the name in DATABASE_URL."
            )
        else:
            what = (
                f"The database at {where} cannot be reached ({_first_line(text)}): "
                "start it, or correct DATABASE_URL."
            )
        raise Problem(what) from None


def broker(url: str) -> None:
    """The broker answers."""
    try:
        # Celery writes redis+socket:…?virtual_host= for what is unix:…?db= to the client.
        client = redis.Redis.from_url(
            url.replace("redis+socket://", "unix://", 1).replace("?virtual_host=", "?db=", 1),
            socket_connect_timeout=SECONDS,
            socket_timeout=SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        raise Problem(
            "REDIS_URL is not understood: it looks like redis://host:6379/0 or "
            "redis+socket:///folder/socket."
        ) from None
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path
    try:
        with client:
            client.ping()
    except redis.AuthenticationError:
        raise Problem(
            f"The broker at {where} refused the password: correct it in REDIS_URL."
        ) from None
    except (redis.RedisError, OSError) as error:
        raise Problem(
            f"The broker at {where} cannot be reached ({_first_line(str(error))}): start it, "
            "correct REDIS_URL, or leave it out to use the built-in broker."
        ) from None


def mail(url: str) -> None:
    """The mail server's address can be read; whether it answers is the outbox's affair."""
    try:
        understood = environ.Env.email_url_config(url)["EMAIL_HOST"]
    except (ValueError, ImproperlyConfigured):
        understood = None
    if not understood:
        raise Problem(
            "EMAIL_URL is not understood: it looks like smtp://host:25 or "
            "smtp+tls://user:password@host:587."
        )


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0].rstrip(".") if lines else "no reason given"


def _reason(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else str(error)
