"""Parsers from grammars: their tables take a tenth of a second to make, so they are kept."""

from __future__ import annotations

import fcntl
import sys
from typing import TYPE_CHECKING, Any

from qlf.model.canonical import digest
from qlf.store import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from lark import Lark, Token

    Callbacks = dict[str, Callable[[Token], Token]]


def parser(
    grammar: str,
    callbacks: Callbacks | None = None,
    **options: Any,  # noqa: ANN401 - Lark's own
) -> Lark:
    """Return an LALR parser; `callbacks` change tokens by their type, `options` are Lark's.

    Its tables are kept in the user's cache folder, where that can be written.
    """
    import lark  # noqa: PLC0415 - a tenth of a second, for briefs with structure only

    folder = cache_folder() / "grammars"
    made_by = repr((grammar, sorted(options.items()), lark.__version__, sys.version_info[:2]))
    options |= {"parser": "lalr", "lexer_callbacks": callbacks or {}}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Lark writes in place: of several processes that start at once, one does and the others read.
        with (folder / ".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return lark.Lark(grammar, cache=str(folder / digest(made_by.encode())), **options)
    except OSError:
        return lark.Lark(grammar, **options)
