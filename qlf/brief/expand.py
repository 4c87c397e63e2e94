"""Write what was inferred into a brief's front matter; what its author wrote stays as it is."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, TypeVar

from qlf.brief.markdown import split
from qlf.brief.render import brief_form

if TYPE_CHECKING:
    from qlf.model.brief import Brief, EntityDecl
    from qlf.model.value import Node

N = TypeVar("N", bound="Node")

_LISTS = frozenset({"roles", "overlays", "features"})
_PARTS = ("fields", "checks", "states", "access", "derived", "actions")
_INLINE = frozenset(
    {"stack", "overlays", "roles", "features", "omit", "from", "by", "values", "classes", "set"}
)
_WIDE = 1 << 16


def expand(text: str, inferred: Brief) -> str:
    """Return a brief's text with all that `inferred` holds and the text does not say.

    Args:
        text: A brief that reads without problems, `.md` or `.yaml` as `inferred.file` says.
        inferred: What reading it gave, with inferred clauses added. What came from overlays is left out: it
            comes from there again.

    Returns:
        The text. Comments, order, quotes and prose are kept; front matter is made where there is none.
    """
    is_yaml = inferred.file.endswith(".yaml")
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    newline = "\r\n" if "\r\n" in text else "\n"
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    parts = split(plain, inferred.file)
    if isinstance(parts, list):
        message = f"expand() was given a brief that cannot be read: {parts[0]}"
        raise ValueError(message)  # noqa: TRY004 - the value is wrong, its type is not
    front = plain if is_yaml else parts.front
    additions = brief_form(_without_overlays(inferred))
    expanded = _expanded(front or "", additions)
    if expanded == (front or ""):
        return text
    if is_yaml:
        whole = expanded
    elif front is None:
        whole = f"---\n{expanded}---\n{plain}"
    else:
        opening, _, rest = plain.partition("\n")
        whole = f"{opening}\n{expanded}{rest[len(front) :]}"
    return bom + whole.replace("\n", newline)


def _without_overlays(brief: Brief) -> Brief:
    entities = tuple(
        (_bare(entity) if entity.taken else entity).model_copy(
            update={name: _own(getattr(entity, name)) for name in _PARTS}
        )
        for entity in brief.entities
        if entity.taken or entity.origin.kind != "overlay"
    )
    operations = _own(brief.operations)
    return brief.model_copy(
        update={
            "overlays": _own(brief.overlays),
            "roles": _own(brief.roles),
            "entities": entities,
            "operations": operations,
        }
    )


def _bare(entity: EntityDecl) -> EntityDecl:
    """Return an entity from an overlay without what has no origin of its own and comes from there again."""
    more = {"key": None, "slug_from": None, "soft_delete": False, "timestamps": True, "versioned": True}
    lists: dict[str, Any] = dict.fromkeys(("unique", "indexes", "list_omits"), ())
    return entity.model_copy(update={"description": "", "plural": None, **more, **lists})


def _own(nodes: tuple[N, ...]) -> tuple[N, ...]:
    return tuple(node for node in nodes if node.origin.kind != "overlay")


def _expanded(front: str, additions: dict[str, Any]) -> str:
    from ruamel.yaml import YAML  # noqa: PLC0415 - slow to import, and only for this
    from ruamel.yaml.comments import CommentedMap  # noqa: PLC0415

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    mapping, offset = _indents(front)
    yaml.indent(mapping=mapping, sequence=offset + 2, offset=offset)
    document = yaml.load(front)
    only_comments = document is None
    if only_comments:
        document = CommentedMap()
    if not _merge(document, additions):
        return front
    out = io.StringIO()
    yaml.dump(document, out)
    return (front if only_comments else "") + out.getvalue()


def _indents(front: str) -> tuple[int, int]:
    """Return by how much the author indents mappings, and dashes under their key."""
    mapping = re.search(
        r"^\S[^\n]*:[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*( +)[^\s#-]", front, re.MULTILINE
    )
    dash = re.search(r"^( *)[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n( *)- ", front, re.MULTILINE)
    return len(mapping[1]) if mapping else 2, len(dash[2]) - len(dash[1]) if dash else 2


def _merge(document: Any, additions: dict[str, Any]) -> bool:  # noqa: ANN401 - ruamel's trees are untyped
    """Add what a mapping lacks, at any depth; tell whether anything was."""
    changed = False
    for name, value in additions.items():
        present = document.get(name)
        if name not in document:
            document[name] = _tree(name, value)
            changed = True
        elif isinstance(present, dict) and isinstance(value, dict):
            changed |= _merge(present, value)
        elif isinstance(present, dict) and name == "roles":
            changed |= _merge(present, dict.fromkeys(value))
        elif isinstance(present, list) and name in _LISTS:
            missing = [item for item in value if item not in present]
            present.extend(missing)
            changed |= bool(missing)
    return changed


def _tree(name: str, value: Any) -> Any:  # noqa: ANN401
    """Return a value as ruamel writes it: short lists and mappings on one line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq  # noqa: PLC0415

    tree: CommentedMap | CommentedSeq
    if isinstance(value, dict):
        tree = CommentedMap({key: _tree(key, item) for key, item in value.items()})
    elif isinstance(value, list):
        tree = CommentedSeq(_tree("", item) for item in value)
    else:
        return value
    if name in _INLINE and not any(
        isinstance(item, (dict, list)) for item in (tree.values() if isinstance(tree, dict) else tree)
    ):
        tree.fa.set_flow_style()
    return tree
