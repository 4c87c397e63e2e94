"""English for names: plurals, singulars, articles and labels.

Rules and their exceptions, since a dictionary of English takes longer to load than a brief to compile.
"""

from __future__ import annotations

import re

# Nouns of business software whose plural no rule below gives.
_IRREGULAR = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "foot": "feet",
    "tooth": "teeth",
    "goose": "geese",
    "mouse": "mice",
    "ox": "oxen",
    "leaf": "leaves",
    "shelf": "shelves",
    "life": "lives",
    "knife": "knives",
    "wife": "wives",
    "half": "halves",
    "loaf": "loaves",
    "thief": "thieves",
    "wolf": "wolves",
    "calf": "calves",
    "self": "selves",
    "analysis": "analyses",
    "basis": "bases",
    "crisis": "crises",
    "diagnosis": "diagnoses",
    "prognosis": "prognoses",
    "hypothesis": "hypotheses",
    "thesis": "theses",
    "synthesis": "syntheses",
    "axis": "axes",
    "criterion": "criteria",
    "phenomenon": "phenomena",
    "datum": "data",
    "medium": "media",
    "curriculum": "curricula",
    "bacterium": "bacteria",
    "appendix": "appendices",
    "index": "indexes",
    "matrix": "matrices",
    "vertex": "vertices",
    "stimulus": "stimuli",
    "alumnus": "alumni",
    "fungus": "fungi",
    "nucleus": "nuclei",
    "hero": "heroes",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "echo": "echoes",
    "veto": "vetoes",
    "cargo": "cargoes",
    "quiz": "quizzes",
    "alias": "aliases",
    "atlas": "atlases",
    "bias": "biases",
    "canvas": "canvases",
    "lens": "lenses",
    "bus": "buses",
    "gas": "gases",
}
# Words that have no other form for many.
_SAME = frozenset(
    (
        "advice",
        "aircraft",
        "baggage",
        "cattle",
        "chassis",
        "content",
        "corps",
        "data",
        "deer",
        "equipment",
        "feedback",
        "fish",
        "furniture",
        "hardware",
        "homework",
        "information",
        "knowledge",
        "livestock",
        "luggage",
        "mail",
        "media",
        "merchandise",
        "metadata",
        "money",
        "moose",
        "music",
        "news",
        "offspring",
        "progress",
        "research",
        "rice",
        "salmon",
        "series",
        "sheep",
        "shrimp",
        "software",
        "species",
        "staff",
        "sugar",
        "swine",
        "traffic",
        "trout",
        "wood",
    )
)
_ONE_IN_S = frozenset({"alias", "atlas", "bias", "canvas", "christmas", "gas", "lens", "pancreas"})
_MANY_IN_S = frozenset({"alibis", "emojis", "gurus", "kiwis", "menus", "skis", "taxis", "wikis"})
_MANY_USES = frozenset({"excuses", "fuses", "muses", "uses"})
_SINGULAR = {plural: single for single, plural in _IRREGULAR.items()}
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SOUNDS_LIKE_VOWEL = re.compile(
    r"(?:[ai]|e(?!u)|o(?!ne)|u(?!ni|se|tili|r[iaeo]|k)|hono|hour|heir)", re.IGNORECASE
)
_INITIALS = {
    "api": "API",
    "iban": "IBAN",
    "id": "ID",
    "ip": "IP",
    "isbn": "ISBN",
    "pin": "PIN",
    "sku": "SKU",
    "ssn": "SSN",
    "uri": "URI",
    "url": "URL",
    "uuid": "UUID",
    "vat": "VAT",
}


def snake(name: str) -> str:
    """Return a PascalCase or camelCase name in snake_case: `OrderLine` is `order_line`."""
    return _BOUNDARY.sub("_", name).lower()


def pascal(name: str) -> str:
    """Return a snake_case name in PascalCase."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def plural(name: str) -> str:
    """Return the plural of a snake_case noun; only its last word changes."""
    head, bar, last = name.rpartition("_")
    return f"{head}{bar}{_plural(last)}"


def singular(name: str) -> str:
    """Return the singular of a snake_case noun; a word that is no plural stays as it is."""
    head, bar, last = name.rpartition("_")
    return f"{head}{bar}{_singular(last)}"


def label(name: str) -> str:
    """Return a name as people read it: `starts_at` is `Starts at`, `OrderLine` is `Order line`."""
    words = [_INITIALS.get(word, word) for word in snake(name).split("_") if word]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def article(noun: str) -> str:
    """Return `a` or `an`, whichever stands before the noun."""
    first = noun.split(maxsplit=1)[0] if noun.strip() else ""
    if len(first) > 1 and first.isupper():
        return "an" if first[0] in "AEFHILMNORSX" else "a"
    return "an" if _SOUNDS_LIKE_VOWEL.match(noun) else "a"


def _plural(word: str) -> str:
    if word in _SAME:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for tail, many in (("man", "men"), ("person", "people"), ("child", "children")):
        if word.endswith(tail) and word not in {"human", "german", "roman", "talisman"}:
            return word.removesuffix(tail) + many
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    if re.search(r"quy$", word):
        return word[:-1] + "ies"
    if word.endswith("sis"):
        return word[:-2] + "es"
    if re.search(r"(s|x|z|ch|sh)$", word):
        return word + "es"
    return word + "s"


def _singular(word: str) -> str:
    if word in _SAME or word in _ONE_IN_S:
        return word
    if word in _SINGULAR:
        return _SINGULAR[word]
    for tail, one in (("men", "man"), ("people", "person"), ("children", "child")):
        if word.endswith(tail) and word != "specimen":
            return word.removesuffix(tail) + one
    if word.endswith("ies") and len(word) > len("ties"):
        return _ies(word)
    if re.search(r"(ss|x|zz|ch|sh|(?<![ao])us)es$", word) and word not in _MANY_USES:
        return word[:-2]
    if word.endswith("yses"):
        return word[:-2] + "is"
    if re.search(r"(ss|us|is)$", word) and word not in _MANY_IN_S:
        return word
    return word.removesuffix("s")


def _ies(word: str) -> str:
    return word[:-1] if word in {"movies", "cookies", "calories", "zombies", "selfies"} else word[:-3] + "y"
