"""The difference of two specs in sentences. Whatever differs is told; where it came from is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qlf.prompts.conditions import cel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qlf.model.spec import Spec

Plain = dict[str, Any]

# Told elsewhere: what overlays made so shows in what it changed, routes and shapes are the API's.
_ELSEWHERE = frozenset({"applied", "api", "origin"})
_LONGEST = 60
_SWITCHES = {
    "required": ("required", "optional"),
    "unique": ("unique", "no longer unique"),
    "indexed": ("indexed", "no longer indexed"),
    "immutable": ("immutable", "no longer immutable"),
    "hidden": ("hidden from answers", "no longer hidden from answers"),
    "managed": ("written by the application alone", "no longer written by the application alone"),
    "encrypted": ("encrypted", "no longer encrypted"),
    "audited": ("audited", "no longer audited"),
    "between_steps": ("between the two steps of a migration", "past the second step of a migration"),
}
# What has a name inside its owner, and how it is called together with that.
_MEMBERS = frozenset({"fields", "relations", "derived"})
_NAMED = frozenset({"entities", "operations", "enums", "roles", "overlays"})
_KINDS = {"entities": "", "operations": "operation ", "enums": "enumeration ", "roles": "role "}


def changes(old: Spec | None, new: Spec | None, controls: Mapping[str, int]) -> tuple[str, ...]:
    """Return what differs, a sentence each, without full stops.

    `controls` counts, by the class of data, those that the new application is under.
    """
    if old is None or new is None:
        spec = new or old
        fate = "is new" if old is None else "is gone"
        return (f"the application {fate}: {_counted(spec)}",) if spec else ()
    before, after = _plain(old), _plain(new)
    audited = _audited(old, new)
    found = list(_node("", before, after))
    return (*(_with_consequences(each, audited, controls) for each in found), *_alone(audited, found))


def _counted(spec: Spec) -> str:
    routes = len(spec.api.routes) if spec.api else 0
    return f"{len(spec.entities)} entities, {len(spec.operations)} operations, {routes} routes"


def _plain(spec: Spec) -> Plain:
    made: Plain = _shown(spec.model_dump(mode="json"))
    made["conventions"] = {
        name: value for name, value in (made["api"] or {}).items() if name not in {"routes", "shapes"}
    }
    return {name: value for name, value in made.items() if name not in _ELSEWHERE}


def _shown(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can say
    """Return a value without origins, and with conditions as their authors write them."""
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "node" in value:
        return cel(value)
    return {name: _shown(each) for name, each in value.items() if name != "origin"}


def _node(name: str, before: Plain, after: Plain) -> Iterator[str]:
    """Yield what differs between two nodes: their own values in one sentence, then what they hold."""
    own = [key for key in after if before.get(key) != after[key] and not _holds(before.get(key), after[key])]
    classes = "classes" in own
    if classes:
        own.remove("classes")
        told = _classes(before["classes"], after["classes"])
        rest = [part for key in own for part in _value(key, before.get(key), after[key])]
        yield f"{name} {told}" + (f": {', '.join(rest)}" if rest else "")
    elif parts := [part for key in own for part in _value(key, before.get(key), after[key])]:
        yield f"{name}: {', '.join(parts)}" if name else ", ".join(parts)
    for key in after:
        if before.get(key) != after[key] and _holds(before.get(key), after[key]):
            yield from _held(name, key, before.get(key) or [], after[key] or [])


def _holds(before: Any, after: Any) -> bool:  # noqa: ANN401 - as above
    """Say whether a value is a list of nodes."""
    return any(isinstance(each, list) and each and isinstance(each[0], dict) for each in (before, after))


def _held(owner: str, key: str, before: list[Plain], after: list[Plain]) -> Iterator[str]:
    """Yield what differs between two lists of nodes, which are known by their names."""
    olds, news = _by_name(before), _by_name(after)
    if key == "access":
        yield from _access(owner, olds, news)
        return
    for name in olds.keys() - news.keys():
        yield f"{_called(owner, key, name)} is gone"
    for name, node in news.items():
        called = _called(owner, key, name)
        if name not in olds:
            yield f"{called} is new{_described(key, node)}"
        else:
            yield from _node(called, olds[name], node)
    if olds == news:
        yield f"{owner or 'application'}: another order of {key}"


def _access(owner: str, before: dict[str, Plain], after: dict[str, Plain]) -> Iterator[str]:
    """Yield who may do what from now on, and who no longer may."""
    for name, grant in before.items():
        if name not in after:
            where = f" where {grant['condition']}" if grant["condition"] else ""
            yield f"{owner}: {grant['role']} may no longer {grant['action']}{where}"
    for name, grant in after.items():
        if before.get(name) != grant:
            former = before.get(name, {}).get("condition")
            where = f" where {grant['condition']}" if grant["condition"] else ""
            was = f", before where {former}" if former else ", before everywhere" if name in before else ""
            yield f"{owner}: {grant['role']} may {grant['action']}{where}{was}"
    if before == after:
        yield f"{owner}: another order of access"


def _by_name(nodes: list[Plain]) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    for node in nodes:
        name = _name(node)
        found[name if name not in found else f"{name} ({len(found)})"] = node
    return found


def _name(node: Plain) -> str:
    """Return what tells a node from its neighbours."""
    if {"role", "action"} <= node.keys():
        return f"{node['role']}: {node['action']}"
    for key in ("name", "field", "wire", "about", "kind"):
        if node.get(key):
            return str(node[key])
    return str(node.get("message", ""))[:_LONGEST]


def _called(owner: str, key: str, name: str) -> str:
    if not owner:
        return _KINDS.get(key, f"{key.removesuffix('s')} ") + name
    return f"{owner}.{name}" if key in _MEMBERS else f"{owner}, {key} {name}"


def _described(key: str, node: Plain) -> str:
    """Return what is worth saying of a new node."""
    if key == "fields":
        words = [_type(node["type"])]
        words += [word for name, (word, _) in _SWITCHES.items() if node.get(name)]
        return f": {', '.join([*words, *(f'@{each}' for each in node['classes'])])}"
    if key == "entities":
        return f", with {', '.join(field['name'] for field in node['fields'] if not field['system'])}"
    if key == "access":
        return f" where {node['condition']}" if node["condition"] else ""
    return f": {', '.join(node['values'])}" if key == "enums" else ""


def _classes(before: list[str], after: list[str]) -> str:
    gained = ", ".join(f"@{each}" for each in after if each not in before)
    lost = ", ".join(f"@{each}" for each in before if each not in after)
    parts = [f"becomes {gained}"] * bool(gained) + [f"is no longer {lost}"] * bool(lost)
    return " and ".join(parts) or "has its classes in another order"


def _value(key: str, before: Any, after: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    """Yield what differs between two values that are no nodes of their own."""
    word = key.replace("_", " ")
    if key in _SWITCHES:
        yield _SWITCHES[key][not after]
    elif key == "type":
        yield f"{_type(before)} becomes {_type(after)}"
    elif key == "prose":
        yield "the prose differs"
    elif isinstance(before, dict) and isinstance(after, dict):
        for name in after:
            if before.get(name) != after[name]:
                yield from (f"{word} {part}" for part in _value(name, before.get(name), after[name]))
    elif isinstance(before, list) and isinstance(after, list):
        yield f"{word} {_lists(before, after)}"
    elif before is None:
        yield f"{word} {_scalar(after)}"
    elif after is None:
        yield f"no {word} any more, it was {_scalar(before)}"
    else:
        yield f"{word} {_scalar(before)} becomes {_scalar(after)}"


def _lists(before: list[Any], after: list[Any]) -> str:
    gained = [_item(each) for each in after if each not in before]
    lost = [_item(each) for each in before if each not in after]
    parts = [f"gain {', '.join(gained)}"] * bool(gained) + [f"lose {', '.join(lost)}"] * bool(lost)
    return " and ".join(parts) or "have another order"


def _item(value: Any) -> str:  # noqa: ANN401 - as above
    return _name(value) or _scalar(value) if isinstance(value, dict) else _scalar(value)


def _scalar(value: Any) -> str:  # noqa: ANN401 - as above
    if isinstance(value, dict):
        return ", ".join(
            f"{name} {_scalar(each)}" for name, each in value.items() if each not in (None, [], "")
        )
    if isinstance(value, list):
        return ", ".join(map(_scalar, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return text if text and len(text) <= _LONGEST and text == text.strip() else f"'{text[:_LONGEST]}'"


def _type(node: Plain) -> str:
    words = [node["kind"], *(str(node[name]) for name in ("entity", "enum") if node.get(name))]
    more = [
        f"{name} {_scalar(value)}"
        for name, value in node.items()
        if name not in {"kind", "entity", "enum", "many"} and value not in (None, [], "", False)
    ]
    return " ".join(["many" if node.get("many") else "", *words, *more]).strip()


def _audited(old: Spec, new: Spec) -> dict[str, list[str]]:
    """Return by entity the actions whose calls leave records from now on."""
    before = {route.id: old.audits(route) for route in (old.api.routes if old.api else ())}
    found: dict[str, list[str]] = {}
    for route in new.api.routes if new.api else ():
        if route.entity and new.audits(route) and before.get(route.id) is False:
            found.setdefault(route.entity, []).append(route.action or route.kind)
    return {entity: list(dict.fromkeys(actions)) for entity, actions in found.items()}


def _with_consequences(told: str, audited: Mapping[str, list[str]], controls: Mapping[str, int]) -> str:
    """Add to the sentence of a field that becomes sensitive what follows from that."""
    name, becomes, rest = told.partition(" becomes @")
    entity = name.partition(".")[0]
    if not becomes or " " in name:
        return told
    consequences = [f"audited on {', '.join(audited[entity])}"] if entity in audited else []
    classes = [each.strip(" @") for each in rest.partition(":")[0].split(" and ")[0].split(",")]
    count = max((controls.get(each, 0) for each in classes), default=0)
    joint = ", " if ":" in rest else ": "
    told += f"{joint}{', '.join(consequences)}" if consequences else ""
    return f"{told}; {count} {'control' if count == 1 else 'controls'} to prove again" if count else told


def _alone(audited: Mapping[str, list[str]], told: list[str]) -> Iterator[str]:
    """Yield what is audited from now on without a field that became sensitive."""
    for entity, actions in audited.items():
        if not any(each.startswith(f"{entity}.") and " becomes @" in each for each in told):
            yield f"{entity}: audited on {', '.join(actions)}"
