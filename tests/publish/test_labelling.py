"""Labelling in a notebook: what is shown, what is written, and what stands there without a kernel."""

from __future__ import annotations

import nbformat
import pandas as pd
import pytest

import newskit as nk
from newskit.rerun.run import run_notebooks
from tests.conftest import WRITTEN, make_articles


@pytest.fixture
def sample(written) -> pd.DataFrame:
    """Every `court`, `mayor` and `cut` of the articles, each with the word before it as evidence."""
    places = pd.concat([nk.keyword_in_context(written, w).assign(target=w) for w in ("court", "mayor", "cut")], ignore_index=True)
    places = places.rename(columns={"keyword": "mention"}).drop(columns=["left", "right"])
    return places.assign(evidence=[[[max(start - 4, 0), start - 1]] for start in places["start"]])


def pieces(item: dict, kind: str) -> list[str]:
    return [text for text, kinds in item["parts"] if kind in kinds.split()]


def test_each_label_is_in_the_file_at_once(tmp_path, written, sample):
    path = tmp_path / "labels.csv"
    session = nk.label_stance(sample, written, path=path, coder=" ann ").session
    session.label(0, "favor")
    session.label(1, "unclear", "who speaks?")
    assert nk.labels.read_labels(path)[["article_id", "mention", "coder", "label", "note"]].values.tolist() == [
        ["a2", "court", "ann", "favor", ""],
        ["a2", "court", "ann", "unclear", "who speaks?"],
    ]
    nk.label_stance(sample, written, path=path, coder="bo").session.label(0, "against")
    session.label(0, "neutral")
    assert session.undo() == 0
    assert nk.labels.read_labels(path)["label"].tolist() == ["favor", "against", "unclear"]
    assert session.undo() == 1
    assert session.undo() == 0
    assert session.undo() is None
    assert nk.labels.read_labels(path)["coder"].tolist() == ["bo"]
    session.label(2, "favor")
    again = nk.label_stance(sample, written, path=path, coder="ann")
    assert again.saved["labels"] == ["", "", "favor", *[""] * (len(sample) - 3)]
    assert again.saved["undo"] is False


def test_what_the_page_sends_is_answered(tmp_path, written, sample):
    path = tmp_path / "labels.csv"
    widget = nk.label_stance(sample, written, path=path, coder="ann")

    def send(**message: object) -> dict:
        widget._handle_custom_msg(message, [])
        return widget.saved

    answer = send(do="label", at=1, label="favor", note="", number=1)
    assert (answer["labels"][1], answer["number"], answer["undo"], answer["problem"]) == ("favor", 1, True, "")
    path.write_text(path.read_text() + "broken\n")
    assert "kept as labels.damaged.csv" in send(do="label", at=0, label="against", note="x", number=2)["problem"]
    answer = send(do="undo", number=3)
    assert (answer["labels"][0], answer["at"], answer["problem"]) == ("", 0, "")
    path.unlink()
    path.mkdir()
    answer = send(do="label", at=2, label="favor", note="", number=4)
    assert "could not be saved" in answer["problem"]
    assert answer["labels"][2] == ""
    assert answer["number"] == 4


def test_where_holders_differ_each_is_asked_about(tmp_path, written, sample):
    path = tmp_path / "labels.csv"
    both = pd.concat([sample.head(1)] * 2, ignore_index=True).assign(asked_holder=["farmers", "The mayor"])
    widget = nk.label_stance(both, written, path=path, coder="ann")
    assert [item["holder"] for item in widget.items] == ["farmers", "The mayor"]
    widget.session.label(1, "favor")
    assert nk.labels.read_labels(path)[["holder", "label"]].values.tolist() == [["The mayor", "favor"]]
    again = nk.label_stance(both, written, path=path, coder="ann")
    assert again.saved["labels"] == ["", "favor"]
    assert "(holder: <bdi>The mayor</bdi>)" in again.session.to_html()


@pytest.mark.parametrize("form", ["written", "scrubbed", "collapsed"])
def test_places_are_shown_in_their_sentence(tmp_path, sample, form):
    written = make_articles(*WRITTEN)
    articles = written if form == "written" else written.assign(text=nk.scrub(written["text"], collapse=form == "collapsed"))
    kept = []
    for row in sample.to_dict("records"):  # the same words, where they now stand
        found = nk.keyword_in_context(articles[articles["article_id"] == row["article_id"]], row["target"])
        kept.append(found.assign(target=row["target"]))
    places = pd.concat(kept).drop_duplicates(["article_id", "start"]).rename(columns={"keyword": "mention"})
    places = places.assign(evidence=[[[max(s - 4, 0), s - 1]] for s in places["start"]])
    widget = nk.label_stance(places, articles, path=tmp_path / "labels.csv", coder="ann")
    assert len(widget.items) == len(sample)
    texts = articles.set_index("article_id")["text"]
    for item, row in zip(widget.items, places.to_dict("records"), strict=True):
        assert [text.lower() for text in pieces(item, "mention")] == [row["mention"].lower()]
        (start, end), shown = row["evidence"][0], "".join(pieces(item, "evidence"))
        letters = [c for c in texts[row["article_id"]][start:end].lower() if c.isalpha()]
        assert [c for c in shown.lower() if c.isalpha()] == letters
        assert pieces(item, "mention")[0] in "".join(pieces(item, "sentence"))
        assert "stance" not in item  # nor anything else that the model said
    if form == "written":
        (item,) = [i for i in widget.items if i["target"] == "court" and "ruling was" in "".join(pieces(i, "sentence"))][:1]
        assert "".join(text for text, _ in item["parts"]) == WRITTEN[2]
        assert "".join(pieces(item, "sentence")) == "The court's ruling was short, and the sale's critics cheered the court."


def test_without_widgets_there_is_a_table(tmp_path, sample):
    odd = make_articles("<script>x</script> the court & co. agreed")
    place = pd.DataFrame({"article_id": ["a0"], "start": [23], "end": [28], "target": ['<b>"court"']})
    bundle, _ = nk.label_stance(place, odd, path=tmp_path / "labels.csv", coder="ann")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    page = bundle["text/html"]
    assert "<script" not in page
    assert "&lt;b&gt;&quot;court&quot;" in page
    assert ">court</u> &amp; co." in page
    none = nk.label_stance(place.head(0), odd, path=tmp_path / "labels.csv", coder="ann")
    assert none.items == []
    assert not list(tmp_path.iterdir())


def test_a_run_shows_the_table_and_loads_nothing(tmp_path):
    code = (
        "import newskit as nk\narticles = nk.sample_articles().head(3)\n"
        "sample = nk.keyword_in_context(articles, 'the', n=5).assign(target='<the>')\n"
        "nk.label_stance(sample, articles, path=OUTPUTS + '/labels.csv', coder='ann')"
    )
    parameters = nbformat.v4.new_code_cell("OUTPUTS = 'outputs'", metadata={"tags": ["parameters"]}, id="a")
    book = nbformat.v4.new_notebook(cells=[parameters, nbformat.v4.new_code_cell(code, id="b")])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, tmp_path / "mine.ipynb")
    made = []
    for _ in range(2):
        summary = run_notebooks(outputs=tmp_path / "out", notebooks=[tmp_path / "mine.ipynb"])
        assert [n.error for n in summary.notebooks] == [None]
        made.append((summary.report.read_bytes(), (tmp_path / "out" / "notebooks" / "mine.ipynb").read_bytes()))
    assert made[0] == made[1]
    page = made[0][0].decode()
    assert page.count("</u>") == 5
    assert "&lt;the&gt;" in page
    assert page.count("<script") == 1  # the page's own
    assert "://" not in page
    assert b"widget" not in made[0][1]


def test_errors_are_for_people(tmp_path, written, sample):
    path = tmp_path / "labels.csv"
    with pytest.raises(ValueError, match="coder is who labels"):
        nk.label_stance(sample, written, path=path, coder=" ")
    with pytest.raises(ValueError, match="pass the articles that were tagged"):
        nk.label_stance(sample, written.head(1), path=path, coder="ann")
    with pytest.raises(ValueError, match="'a2' has .* which is not what was tagged"):
        nk.label_stance(sample, written.assign(text="so " + written["text"]), path=path, coder="ann")
    with pytest.raises(ValueError, match="no column 'target'"):
        nk.label_stance(sample.drop(columns="target"), written, path=path, coder="ann")
