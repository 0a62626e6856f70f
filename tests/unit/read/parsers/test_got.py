"""Answers of GOT-OCR 2.0. All answers here are made by us, in the shape in which the model answers."""

from __future__ import annotations

from tests.unit.read.parsers.parsing import parsed, seen, words, written

FORMAT = r"""\title{My notes}
\section*{Budget}
Some text with \( x^2 \) inside.
\begin{tabular}{|l|l|}
\hline
\multicolumn{2}{|c|}{Head \& tail} \\
\hline a & $b^2$ \\
\hline \multirow{2}{*}{c} & 5 \\
\cline{2-2} & d \\
\hline
\end{tabular}
The end
"""


def test_headings_and_tables_in_latex() -> None:
    result = parsed("got", FORMAT)

    assert seen(result) == [
        ("heading", ["My notes"]),
        ("heading", ["Budget"]),
        ("text", ["Some text with x^2 inside."]),
        ("table", ["Head & tail", "a b^2", "c 5", "d"]),
        ("text", ["The end"]),
    ]
    assert [region.level for region in result.regions[:2]] == [1, 2]
    assert result.regions[3].cells == (("Head & tail", ""), ("a", "b^2"), ("c", "5"), ("", "d"))
    assert written(FORMAT, result) == {"&": "\\&"}


def test_plain_text_keeps_its_lines() -> None:
    assert seen(parsed("got", "Buy milk\nand eggs")) == [("text", ["Buy milk", "and eggs"])]


def test_a_table_that_is_cut_off_keeps_its_words() -> None:
    cut = FORMAT[: FORMAT.index(r"\cline")]

    assert parsed("got", cut).regions[-1].cells == (("Head & tail", ""), ("a", "b^2"), ("c", "5"))


def test_an_abstract_leaves_no_words_of_its_own() -> None:
    answer = "\\begin{abstract}\nshort\n\\end{abstract}\nlong"

    assert [word.text for word in words(parsed("got", answer).regions)] == ["short", "long"]
