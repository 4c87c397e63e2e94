"""Read the roles that clauses may name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.declarations.reading import ALWAYS, RESERVED, Reading, members, names, text_of
from qlf.model.brief import RoleDecl
from qlf.strict_yaml import Mapping, Scalar

if TYPE_CHECKING:
    from qlf.strict_yaml import Yaml

_WORDS = RESERVED | {"own", "where", "by", "all"}


def role_names(node: Yaml | None) -> tuple[str, ...]:
    """Return the names that `roles` has, sound or not."""
    return tuple(node.entries) if isinstance(node, Mapping) else tuple(one.text for one in names(node))


def read_roles(reading: Reading, tree: Mapping) -> tuple[RoleDecl, ...]:
    """Read the `roles` of a file: a list of names, or name to what the role is."""
    node = tree.entries.get("roles")
    keys = list(node.keys.values()) if isinstance(node, Mapping) else names(node)
    if keys and reading.auth is False:
        reading.problem(
            tree.keys["roles"].place, "there are no roles with auth: false", "leave one of them out"
        )
    found: list[RoleDecl] = []
    for key in keys:
        if key.text in ALWAYS:
            reading.problem(key.place, f"{key.text} is always there", "remove it from roles")
        elif key.text in _WORDS:
            reading.problem(key.place, f"{key.text!r} is a word of the language", "choose another name")
        said = members(members(node).get(key.text))
        signup = said.get("signup")
        found.append(
            RoleDecl(
                name=key.text,
                signup=signup.value if isinstance(signup, Scalar) else None,
                description=text_of(said.get("description")) or "",
                origin=reading.origin(key.place),
            )
        )
    return tuple(found)
