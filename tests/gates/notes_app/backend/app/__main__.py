"""`python -m app serve | migrate | seed`."""

from __future__ import annotations

import argparse


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="app")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate")
    commands.add_parser("seed")
    serve = commands.add_parser("serve")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    from app import store

    if arguments.command == "migrate":
        store.migrate()
    elif arguments.command == "seed":
        store.seed()
    else:
        import uvicorn

        from app.api import app

        uvicorn.run(app, host=arguments.host, port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
