"""Make or drop a database: `postgres_database.py create|drop NAME`, the server in QLF_POSTGRES_URL.

Run by the application's interpreter, which has psycopg; so it imports nothing of the factory. `create`
prints the URL of the new database as SQLAlchemy wants it.
"""

from __future__ import annotations

import os
import sys
from urllib.parse import urlsplit, urlunsplit


def main(action: str, name: str) -> None:
    """Do it, or end with the reason on standard error."""
    try:
        import psycopg  # noqa: PLC0415 - to say so when it is missing
        from psycopg import sql  # noqa: PLC0415
    except ImportError:
        sys.exit("the application's environment has no psycopg")
    address = urlsplit(os.environ["QLF_POSTGRES_URL"])
    server = urlunsplit(address._replace(scheme="postgresql"))
    commands = {
        "create": sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0"),
        "drop": sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"),
    }
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
            connection.execute(commands[action].format(sql.Identifier(name)))
    except psycopg.Error as error:
        sys.exit(" ".join(str(error).split()))
    sys.stdout.write(urlunsplit(address._replace(scheme="postgresql+psycopg", path=f"/{name}")))


if __name__ == "__main__":
    main(*sys.argv[1:])
