"""Validate an OpenAPI document: `openapi_document.py FILE` writes one JSON object.

Run by the tools' interpreter, which has openapi-spec-validator; so it imports nothing of the factory.
The command of that package has no machine format. The answer:
`{"operations": N, "errors": [{"at": PATH, "message": TEXT}]}`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}


def main(file: str) -> None:
    """Validate, and print what was found."""
    try:
        document = json.loads(Path(file).read_bytes(), object_pairs_hook=_unique)
    except ValueError as error:
        _answer(0, [{"at": "", "message": f"not JSON: {error}"}])
        return
    version = str(document.get("openapi", "")) if isinstance(document, dict) else ""
    known = {"3.0": OpenAPIV30SpecValidator, "3.1": OpenAPIV31SpecValidator}.get(version[:3])
    if known is None:
        _answer(0, [{"at": "openapi", "message": f"{version!r} is no version of OpenAPI that is known here"}])
        return
    errors = [
        {"at": "/".join(str(step) for step in error.absolute_path), "message": error.message}
        for error in known(document).iter_errors()
    ]
    paths = document.get("paths", {})
    operations = sum(len(METHODS & item.keys()) for item in paths.values()) if not errors else len(paths)
    _answer(operations, errors)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        message = "a member occurs twice in an object"
        raise ValueError(message)
    return made


def _answer(operations: int, errors: list[dict[str, str]]) -> None:
    sys.stdout.write(json.dumps({"operations": operations, "errors": errors}))


if __name__ == "__main__":
    main(*sys.argv[1:])
