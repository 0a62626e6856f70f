"""The line of a setting is found without positions from the parser."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notesyncd.config.lines import Key, line_of

TEXT = '''\
top = 1
[note]  # comment
title = """
group = "not me"
"""
group = "file"
"quoted key" = 2
'single.quoted' = 3
inner.deep = 4
table = { a = 1, b = 2 }
[[watch]]
folder = "/a"
[watch.extra]
x = 1
[[watch]]
folder = "/b"
[watch.extra]
x = 2
 [ sinks . "my sink" ]
token=1
steps = [
  "one",
  "two",
]
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("top",), 1),
        (("note",), 2),
        (("note", "group"), 6),
        (("note", "quoted key"), 7),
        (("note", "single.quoted"), 8),
        (("note", "inner", "deep"), 9),
        (("note", "table", "b"), 10),
        (("note", "missing"), 2),
        (("watch",), 11),
        (("watch", 0, "folder"), 12),
        (("watch", 0, "extra", "x"), 14),
        (("watch", 1), 15),
        (("watch", 1, "folder"), 16),
        (("watch", 1, "extra", "x"), 18),
        (("sinks", "my sink", "token"), 20),
        (("sinks", "my sink", "steps", 1), 21),
        (("nowhere",), None),
    ],
)
def test_the_line_is_found(key: Key, line: int | None) -> None:
    tomllib.loads(TEXT)
    assert line_of(TEXT, key) == line


names = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\"'\\"), min_size=1, max_size=6)


@given(st.dictionaries(names, st.dictionaries(names, st.integers(0, 9), min_size=1, max_size=3), max_size=4))
def test_every_setting_of_every_table_is_found(tables: dict[str, dict[str, int]]) -> None:
    lines, expected = [], {}
    for table, settings in tables.items():
        lines.append(f"[{json.dumps(table, ensure_ascii=False)}]")
        for name, value in settings.items():
            lines.append(f"{json.dumps(name, ensure_ascii=False)} = {value}")
            expected[table, name] = len(lines)
    text = "\n".join(lines)
    assert tomllib.loads(text) == tables
    assert {key: line_of(text, key) for key in expected} == expected
