"""The Concept lab page: from an example to wordings side by side, their words, suggestions and drafts."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.concepts import variants
from core.concepts.brief import Brief, Kind, Launch
from core.errors import DebutError, NotReady
from core.workspace import Workspace
from pages.parts import concepts_lab
from tests.conftest import Files, load_into
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, labelled, links, said, table, tick

SIDE, TRY = "Wordings side by side", "Words to try"
TYPED = "concepts_typed"


@pytest.fixture
def lab(start: Start) -> AppTest:
    """The page with its example."""
    at = start("concepts")
    assert "Type or paste wordings" in said(at)
    return at.button(key="concepts_example").click().run()


def type_in(at: AppTest, *wordings: str) -> AppTest:
    at.text_area(key=TYPED).set_value("\n".join(wordings)).run()
    assert not at.exception
    return at


def chips_of(at: AppTest) -> str:
    """The words that carry a wording, as HTML."""
    return " ".join(html.proto.body for html in at.get("html"))


def test_from_the_example_to_a_wording_with_a_suggested_word(lab: AppTest):
    """One visit in a row, as each opening asks the customers anew."""
    at = lab
    assert not at.exception and not at.error
    side = table(at, SIDE)
    assert len(side) == 3 and (side["p10"] <= side["p50"]).all() and (side["p50"] <= side["p90"]).all()
    assert side["preference"].between(0, 100).all() and side["buyers"].gt(0).all()
    assert {chart.key for chart in at.get("plotly_chart")} == {
        *("concepts_preference", "concepts_units", "concepts_segments")
    }
    assert "The same words in another order move preference by" in caption(at)
    verdicts = [text.value for text in at.markdown if text.value.startswith("2. ")]
    assert len(verdicts) == 1 and "Wanted" in verdicts[0] and "Units" in verdicts[0]

    tick(at, SIDE, 2)
    third = at.session_state[TYPED].splitlines()[2]
    assert third in [text.value for text in at.text]
    chips = chips_of(at)
    assert all(word.strip(",") in chips for word in third.split()) and "%" in chips

    tried = table(at, TRY)
    assert 0 < len(tried) <= 10 and tried["lift"].gt(0).all()
    assert not set(tried["word"]) & set(third.lower().replace(",", "").split())
    tick(at, TRY, 1)
    at.button(key="concepts_add_words").click().run()
    assert at.session_state[TYPED].splitlines()[3] == tried["text"][1]
    assert table(at, SIDE)["variant"].tolist()[3] == tried["text"][1]

    segment = labelled(at.selectbox, "Wanted by")
    segment.set_value(segment.options[1]).run()
    assert not at.exception
    assert table(at, SIDE)["buyers"].sum() < side["buyers"].sum()
    assert "Download the comparison" in download(at, "concepts_download").label

    type_in(at, "<img src=x onerror=alert(1)> mug", "![x](http://host/p.png) $9 [MASK] mug", "=cmd()")
    assert len(table(at, SIDE)) == 3
    assert "<img" not in chips_of(at)  # hostile wordings are only text

    labelled(at.selectbox, "Item").set_value("").run()  # an idea of one's own needs no item of the sheet
    labelled(at.selectbox, "Category").set_value("Garden").run()
    type_in(at, "Bird table with a fox")
    assert table(at, SIDE)["p50"].gt(0).all()


@pytest.mark.parametrize("typed", [[f"mug {at}" for at in range(9)], ["x" * 401]])
def test_too_much_is_refused_in_words(start: Start, typed: list[str]):
    at = type_in(start("concepts"), *typed)
    assert "Too many wordings" in at.error[0].title or "too long" in at.error[0].title
    assert not at.dataframe


def test_without_customers_the_forecaster_judges_alone(start: Start, home, small_files: Files):
    """And without a forecaster nobody does."""
    sales = small_files.sales.decode().splitlines()
    bare = "\n".join(line.rpartition(",")[0] for line in sales).encode()
    with Workspace(home) as shop:
        load_into(shop, bare)
    at = start("concepts", shop="My shop")
    type_in(at, "Red fox mug")
    assert "name no customers" in said(at) and "fine-tuned" in said(at)
    assert "Fine-tune the forecaster" in links(at)


def test_drafts_are_proposals_until_they_are_added(lab: AppTest, monkeypatch):
    asked = []

    def ask(endpoint, question, count):
        asked.append((endpoint, question))
        return ["Fox <b>mug</b>", "Owl mug"]

    monkeypatch.setattr("core.concepts.drafts.ask", ask)
    monkeypatch.delenv("DEBUT_LLM_URL", raising=False)
    at = lab
    assert at.button(key="concepts_ask").disabled
    at.text_input(key="concepts_url").set_value("http://localhost:1/v1").run()
    at.text_input(key="concepts_model").set_value("small").run()
    shown = at.code[0].value
    at.button(key="concepts_ask").click().run()
    assert [question.shown for _, question in asked] == [shown] and len(asked) == 1
    name = "Proposals of the language model"
    assert table(at, name)["proposal"].tolist() == ["Fox <b>mug</b>", "Owl mug"]
    assert len(table(at, SIDE)) == 3  # nothing is taken over by itself
    tick(at, name, 1)
    monkeypatch.setattr("core.concepts.drafts.ask", lambda *_: ["Owl jug", "Fox jug"])
    at.button(key="concepts_ask").click().run()
    assert at.button(key="concepts_add_drafts").disabled  # the tick was another proposal's
    monkeypatch.setattr("core.concepts.drafts.ask", ask)
    at.button(key="concepts_ask").click().run()
    tick(at, name, 1)
    at.button(key="concepts_add_drafts").click().run()
    assert table(at, SIDE)["variant"].tolist()[-1] == "Owl mug"

    def fail(*_: object) -> None:
        raise DebutError("The endpoint refuses the key (401).", "No drafts came back")

    monkeypatch.setattr("core.concepts.drafts.ask", fail)
    at.button(key="concepts_ask").click().run()
    assert "refuses the key" in said(at) and not at.exception

    monkeypatch.setenv("DEBUT_LLM_URL", "https://me:pass-word@host/v1?key=secret")
    at.run()
    assert "without a name, key" in said(at) and at.button(key="concepts_ask").disabled
    assert "pass-word" not in caption(at) + said(at) and "secret" not in caption(at) + said(at)

    def damaged(*_: object) -> None:
        raise NotReady("The weights are damaged. Fine-tune again on the Model page.")

    monkeypatch.setattr("core.concepts.variants.compare", damaged)
    at.run()
    assert "Fine-tune again" in said(at) and not at.exception


@pytest.mark.parametrize("kind", ["title", "description"])
def test_the_example_of_any_item_can_be_compared(kind: Kind, monkeypatch: pytest.MonkeyPatch):
    """A description of a sheet may have many lines, and be longer than a wording."""
    brief = Brief(
        kind, Launch(9.0, 1), "Fox mug\nred", "mugs", "".join(f"Fox {at} of stoneware.\n" for at in range(50))
    )
    monkeypatch.setattr(concepts_lab, "_sheet", lambda: {"A": brief, "B": replace(brief, title="x" * 500)})
    wordings = variants.read(concepts_lab._example(brief))
    assert len(wordings) == {"title": 3, "description": 2}[kind]
