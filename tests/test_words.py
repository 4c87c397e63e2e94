"""Plurals, articles and labels, with a dictionary of English as the judge."""

from __future__ import annotations

import pytest

from qlf.words import article, label, pascal, plural, singular, snake

NOUNS = """
account activity address admin album allergy alias analysis answer appointment article asset
attendee audience author badge bank basket batch beneficiary bill blog board body book booking box
branch brand bus calendar campaign candidate car card cart case category certificate channel chapter
chat child choice city class client clinic clothes comment company consent contact country coupon
course cover cross currency customer day delivery department device diagnosis discount dish dispute
doctor dress driver duty employee entity entry essay event exam expense factory family favorite
feature fee file fish flight folder form franchise gallery game gas grade guess half hero holiday
house idea index industry invoice item job journey key kiss knife label leaf lesson library license
life list listing loan location lunch man match measure media medicine meeting member merchant
message milestone money month mouse movie news note notification offer office order organization
page patch patient payment payout penalty person phase photo play player policy post potato
prescription price prize process product profile project property proxy query question quiz radio
receipt recipe reply report reservation review role room sale salary schedule school score series
session shelf shift shop skill slot spy staff stage status stock story street student studio
subscription success supplier supply survey switch task tax taxi team tenant test ticket tomato
topic toy track transaction trip truck tutorial user vehicle vendor venue video visit wallet
warehouse warranty watch wife wish witness wolf woman worker zone
""".split()  # noqa: SIM905 - a list of words is read as text
# Where the judge and usage part: clothes and money are counted by nobody here, "indices" are of numbers.
OTHERWISE = {"money", "clothes", "media", "gas", "bus", "status", "staff", "alias"}


@pytest.mark.slow
def test_plurals_are_those_of_the_dictionary() -> None:
    import inflect  # noqa: PLC0415 - slow to load, and only this test wants it

    engine = inflect.engine()
    judged = {noun: str(engine.plural_noun(noun)) for noun in NOUNS if noun not in OTHERWISE}
    assert {noun: plural(noun) for noun in judged} == judged


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if noun != "clothes"])
def test_singular_undoes_the_plural(noun: str) -> None:
    assert singular(plural(noun)) == noun


@pytest.mark.parametrize(
    ("name", "many"),
    [
        ("order_line", "order_lines"),
        ("status", "statuses"),
        ("bus", "buses"),
        ("alias", "aliases"),
        ("staff", "staff"),
        ("sales_person", "sales_people"),
        ("money", "money"),
    ],
)
def test_plural_changes_the_last_word(name: str, many: str) -> None:
    assert plural(name) == many


@pytest.mark.parametrize(
    ("noun", "word"),
    [
        ("appointment", "an"),
        ("user", "a"),
        ("order line", "an"),
        ("hour", "an"),
        ("house", "a"),
        ("unit", "a"),
        ("upload", "an"),
        ("European order", "a"),
        ("API key", "an"),
        ("URL", "a"),
        ("one-off", "a"),
    ],
)
def test_article_follows_the_sound(noun: str, word: str) -> None:
    assert article(noun) == word


def test_names_and_labels() -> None:
    assert label("starts_at") == "Starts at"
    assert label("OrderLine") == "Order line"
    assert label("api_key_id") == "API key ID"
    assert (snake("HTTPCall"), snake("OrderLine"), pascal("order_line")) == (
        "http_call",
        "order_line",
        "OrderLine",
    )
