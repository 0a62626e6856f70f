"""A configuration is accepted whole or refused with every mistake named by file, line, key and remedy."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from notesyncd.config.folders import is_inside
from notesyncd.config.load import LoadedConfig, load_config
from notesyncd.domain.errors import ConfigError
from notesyncd.hooks.plugins import Plugins

CANARY = "ntn_canary-7f3a9"

Load = Callable[..., LoadedConfig]
Refused = Callable[..., list[str]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.fixture
def load(file: Path, plugins: Plugins) -> Load:
    """Write a configuration that only its owner can read, and load it."""

    def write_and_load(text: str, *, mode: int = 0o600, needs_folders: bool = False) -> LoadedConfig:
        file.write_text(text)
        file.chmod(mode)
        return load_config(file, plugins, needs_folders=needs_folders)

    return write_and_load


@pytest.fixture
def refused(load: Load, file: Path) -> Refused:
    """Return the lines of the refusal, without the file's name, which must begin each of them."""

    def lines(text: str, **how: object) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(text, **how)
        assert caught.value.__cause__ is None, "a chained pydantic error would be printed with the values"
        found = str(caught.value).splitlines()
        assert all(line.startswith(str(file)) for line in found)
        return [line.removeprefix(str(file)) for line in found]

    return lines


def test_an_empty_file_gives_the_defaults(load: Load, file: Path) -> None:
    loaded = load("")
    assert loaded.file == file
    assert loaded.config.read.reader == "auto"
    assert loaded.config.prepare.steps == ("orientation", "bound")
    assert loaded.config.note.group == "file"
    assert loaded.sinks == ()


def test_a_full_file_is_read(load: Load, tmp_path: Path) -> None:
    loaded = load(
        f"""
        [[watch]]
        folder = "{tmp_path}/one"
        settle_seconds = 2
        [[watch]]
        folder = "{tmp_path}/two"
        [read]
        reader = "rapidocr"
        languages = ["en", "ja"]
        [prepare]
        steps = ["bound"]
        [note]
        group = "burst"
        burst_seconds = 30
        title = "{{{{ date }}}} {{{{ title }}}}"
        [sinks.mailbox]
        token = "{CANARY}"
        [sinks.second]
        plugin = "mailbox"
        token = "other"
        tries = 5
        """
    )
    assert [watch.settle_seconds for watch in loaded.config.watch] == [2.0, None]
    assert loaded.config.note.burst_seconds == 30.0
    assert [(sink.name, sink.plugin) for sink in loaded.sinks] == [("mailbox", "mailbox"), ("second", "mailbox")]
    assert loaded.sinks[0].settings.token.get_secret_value() == CANARY  # type: ignore[attr-defined]
    assert CANARY not in repr(loaded)


def test_a_home_folder_is_expanded(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/writer")
    assert load('[[watch]]\nfolder = "~/Notes Inbox"').config.watch[0].folder == Path("/home/writer/Notes Inbox")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[read]\nreadr = 'x'", ":2: read.readr: unknown key; did you mean 'reader'?"),
        ("[sink.mailbox]", ":1: sink: unknown key; did you mean 'sinks'?"),
        ("zzz = 1", ":1: zzz: unknown key; there are: daemon, note, prepare, read, sinks, watch"),
        ("[[watch]]\nfolder = '/a'\nsettle_secnds = 1", ":3: watch.settle_secnds: unknown key; did you mean 'settle_seconds'?"),
        ("[[watch]]\nfolder = '/a'\n[[watch]]\nfoldr = '/b'\nfolder = '/b'", ":4: watch#2.foldr: unknown key; did you mean 'folder'?"),
        ("[[watch]]\n", ":1: watch.folder: is missing (Folder to watch, with all that is below it)"),
        ("[watch]\nfolder = '/a'", ":1: watch: must be a list of tables: write [[watch]], in double brackets, above each folder"),
        ("[[watch]]\nfolder = 'inbox'", ":2: watch.folder: give a full path (or one that begins with ~); the daemon may be started anywhere"),
        ("[[watch]]\nfolder = 3", ":2: watch.folder: must be text: a path"),
        ("[[watch]]\nfolder = '/a'\nsettle_seconds = '5'", ":3: watch.settle_seconds: must be a number"),
        ("[[watch]]\nfolder = '/a'\nsettle_seconds = -1", ":3: watch.settle_seconds: must be at least 0"),
        ("[[watch]]\nfolder = '/a'\nsettle_seconds = inf", ":3: watch.settle_seconds: must be a number"),
        ("[read]\nparallel = true", ":2: read.parallel: must be a whole number"),
        ("[read]\nlanguages = 'en'", ":2: read.languages: must be a list"),
        ("[read]\nreader = ''", ":2: read.reader: must not be empty"),
        ("read = 'auto'", ":1: read: must be a table"),
        ("[note]\ngroup = 'fiel'", ":2: note.group: must be one of 'file', 'page', 'burst' or 'folder'"),
        ("[note]\nhashtags = 1", ":2: note.hashtags: must be true or false"),
        ("note.image_pixels = 50", ":1: note.image_pixels: must be at least 200"),
        ("[read]\nreader = 'rapidcr'", ":2: read.reader: there is no reader of this name; did you mean 'rapidocr'?"),
        ("[prepare]\nsteps = ['orientation', 'bond']", ":2: prepare.steps#2: there is no preparing step of this name; did you mean 'bound'?"),
        ("sinks = 4", ":1: sinks: must be a table: [sinks.<name>]"),
        ("[sinks]\nmailbox = 4", ":2: sinks.mailbox: must be a table: [sinks.mailbox]"),
        ("[sinks.'../up']", ":1: sinks.../up: the name of a sink is made of at most 64 of the characters A-Z a-z 0-9 _ -"),
        ("[sinks.malbox]", ":1: sinks.malbox: there is no sink plugin of this name; did you mean 'mailbox'?"),
        ("[sinks.a]\nplugin = 'malbox'", ":2: sinks.a.plugin: there is no sink plugin of this name; did you mean 'mailbox'?"),
        ("[sinks.a]\nplugin = 1", ":2: sinks.a.plugin: must be text: the name of a sink plugin"),
        ("[sinks.mailbox]\n", ":1: sinks.mailbox.token: is missing (Token of the mailbox)"),
        ("[sinks.mailbox]\ntoken = 'a'\ncode = 'w'", ":3: sinks.mailbox.code: String should match pattern '^[0-9]$'"),
        ("[sinks.mailbox]\ntoken = 'a'\ntone = 'w'", ":3: sinks.mailbox.tone: must be one of 'plain' or 'warm'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_remedy(refused: Refused, text: str, message: str) -> None:
    assert refused(text) == [message]


@pytest.mark.parametrize(
    "text",
    ["[[route]]\nwhen = 1", "[web]\nport = 1"],
)  # fmt: skip
def test_settings_of_a_later_version_are_said_to_be_so(refused: Refused, text: str) -> None:
    (line,) = refused(text)
    assert line.endswith(": not in this version")


def test_a_watched_folder_has_its_own_settings(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDF_PASSWORDS", CANARY)
    (first, second) = load(
        f"""
        [[watch]]
        folder = "{tmp_path}/a"
        mode = "poll"
        after = "move"
        move_to = "{tmp_path}/archive"
        backlog = 2026-01-31
        pdf_passwords = {{ env = "PDF_PASSWORDS" }}
        [[watch]]
        folder = "{tmp_path}/b"
        backlog = "2025-12-24"
        """
    ).config.watch
    assert (first.mode, first.after, first.move_to) == ("poll", "move", tmp_path / "archive")
    assert (first.backlog, second.backlog) == (date(2026, 1, 31), date(2025, 12, 24))
    assert first.pdf_passwords is not None
    assert first.pdf_passwords.get_secret_value() == CANARY
    assert CANARY not in repr(first)
    assert (second.mode, second.after, second.photos, second.settle_seconds) == ("auto", "keep", "note", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("after = 'move'", ":1: watch: after = 'move' needs a folder: move_to = \"/full/path\""),
        ("backlog = 'some'", ":3: watch.backlog: 'some' is none of: ask, all, none, or a date such as 2026-01-31"),
        ("after = 'move'\nmove_to = '/a/done'", ":4: watch.move_to: /a/done is inside a watched folder, so that what is moved there would be read again; name a folder beside it"),
        ("backlog_sinks = ['slack']", ":3: watch.backlog_sinks: no sink of this name is configured"),
    ],
)  # fmt: skip
def test_settings_of_a_folder_that_do_not_go_together(refused: Refused, text: str, message: str) -> None:
    assert refused(f"[[watch]]\nfolder = '/a'\n{text}") == [message]


def test_a_template_is_tried(refused: Refused) -> None:
    (line,) = refused("[note]\npath = '{{ dat'")
    assert line.startswith(":2: note.path: ")
    assert "variables: title, date" in line


def test_all_mistakes_are_listed_in_the_order_of_the_file(refused: Refused) -> None:
    lines = refused(
        "[sinks.mailbox]\ntokn = 'a'\n[read]\nparallel = 'x'\n[note]\ngroup = 1\n[sinks.other]\nplugin = 'none'\n"
    )
    assert [line.split(": ")[:2] for line in lines] == [
        [":1", "sinks.mailbox.token"],
        [":2", "sinks.mailbox.tokn"],
        [":4", "read.parallel"],
        [":6", "note.group"],
        [":8", "sinks.other.plugin"],
    ]


def test_broken_toml_is_named_by_line_and_column(refused: Refused) -> None:
    assert refused("[read]\nreader = \n") == [": this is not valid TOML: Invalid value (at line 2, column 10)"]


def test_a_file_in_another_encoding_is_refused(file: Path, plugins: Plugins) -> None:
    file.write_bytes(b'title = "\xff"')
    with pytest.raises(ConfigError, match="UTF-8"):
        load_config(file, plugins)


def test_a_file_that_can_not_be_read_is_refused(tmp_path: Path, plugins: Plugins) -> None:
    with pytest.raises(ConfigError, match="Is a directory"):
        load_config(tmp_path, plugins)


def test_a_missing_file_names_the_remedy(file: Path, plugins: Plugins) -> None:
    with pytest.raises(ConfigError, match="notesyncd init"):
        load_config(file, plugins)


def test_without_a_file_all_is_as_by_default_where_that_is_enough(
    tmp_path: Path, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    loaded = load_config(None, plugins, required=False)
    assert loaded.file is None
    assert loaded.config.note.group == "file"


def test_a_file_that_was_named_must_be_there(file: Path, plugins: Plugins, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="no configuration"):
        load_config(file, plugins, required=False)
    monkeypatch.setenv("NOTESYNCD_CONFIG", str(file))
    with pytest.raises(ConfigError, match="no configuration"):
        load_config(None, plugins, required=False)


# -------------------------------------------------------------------------------------------------------------- folders


def test_a_missing_folder_is_a_mistake_only_where_folders_are_needed(
    load: Load, refused: Refused, tmp_path: Path
) -> None:
    text = f"[[watch]]\nfolder = '{tmp_path}/gone'"
    assert load(text).config.watch[0].folder == tmp_path / "gone"
    (line,) = refused(text, needs_folders=True)
    assert line.startswith(f":2: watch.folder: the folder {tmp_path}/gone does not exist; make it: mkdir -p ")


def test_a_file_is_no_folder(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "scan.jpg").touch()
    (line,) = refused(f"[[watch]]\nfolder = '{tmp_path}/scan.jpg'", needs_folders=True)
    assert line.endswith("is a file; name a folder")


def test_a_daemon_needs_a_folder(refused: Refused) -> None:
    (line,) = refused("", needs_folders=True)
    assert line.startswith(": watch: no folder is watched")


@pytest.mark.parametrize(("one", "other"), [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("a", "link"), ("link/b", "a")])
def test_watched_folders_inside_each_other_are_refused(refused: Refused, tmp_path: Path, one: str, other: str) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (line,) = refused(f"[[watch]]\nfolder = '{tmp_path}/{one}'\n[[watch]]\nfolder = '{tmp_path}/{other}'")
    assert line.startswith(":4: watch#2.folder: ")
    assert "one inside the other" in line


def test_a_link_leads_inside(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert is_inside(tmp_path / "a" / "b", tmp_path / "link")
    assert is_inside(tmp_path / "link" / "not yet", tmp_path / "a")
    assert not is_inside(tmp_path / "a", tmp_path / "a" / "b")


def test_neighbours_with_a_common_beginning_are_no_mistake(load: Load, tmp_path: Path) -> None:
    text = f"[[watch]]\nfolder = '{tmp_path}/a'\n[[watch]]\nfolder = '{tmp_path}/ab'"
    assert len(load(text).config.watch) == 2


def test_what_comes_out_must_not_go_in_again(refused: Refused, load: Load, tmp_path: Path) -> None:
    sink = f"[sinks.mailbox]\ntoken = 'a'\nfolder = '{tmp_path}/inbox/out'"
    (line,) = refused(f"[[watch]]\nfolder = '{tmp_path}/inbox'\n{sink}")
    assert line.startswith(":5: sinks.mailbox.folder: ")
    assert load(f"[[watch]]\nfolder = '{tmp_path}/inbox/out/in'\n{sink}").sinks, "an inbox inside a vault is allowed"


def test_the_state_folder_must_not_be_watched(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTESYNCD_STATE_DIR", str(tmp_path / "inbox" / "state"))
    (line,) = refused(f"[[watch]]\nfolder = '{tmp_path}/inbox'")
    assert "NOTESYNCD_STATE_DIR" in line


# -------------------------------------------------------------------------------------------------------------- secrets


def test_a_secret_in_a_file_that_others_can_read_is_refused(refused: Refused, file: Path) -> None:
    (line,) = refused(f"[sinks.mailbox]\ntoken = '{CANARY}'", mode=0o644)
    assert line.startswith(":2: sinks.mailbox.token: a secret stands in a file that others can read")
    assert f"chmod 600 {file}" in line
    assert CANARY not in line


def test_a_file_without_secrets_may_be_read_by_others(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILBOX_TOKEN", CANARY)
    loaded = load("[sinks.mailbox]\ntoken = { env = 'MAILBOX_TOKEN' }", mode=0o644)
    assert loaded.sinks[0].settings.token.get_secret_value() == CANARY  # type: ignore[attr-defined]
    assert loaded.secrets == {"sinks.mailbox.token": "env MAILBOX_TOKEN"}


@pytest.mark.parametrize(
    "text",
    [
        f"[sinks.mailbox]\ntoken = ['{CANARY}']",
        f"[sinks.mailbox]\ntoken = {{ env = '{CANARY}' }}",
        f"[sinks.mailbox]\ntoken = {{ file = '{CANARY}' }}",
        f"[sinks.mailbox]\ntoken = {{ evn = '{CANARY}' }}",
        f"[sinks.mailbox]\ntoken = {{ env = 'A', file = '{CANARY}' }}",
        f"[sinks.mailbox]\ntoken = 'a'\ntries = '{CANARY}'",
        f"[sinks.mailbox]\ntoken = 'a'\ntone = '{CANARY}'",
        f"[sinks.mailbox]\ntoken = 'a'\nfolder = {{ x = '{CANARY}' }}",
        f"[sinks.mailbox]\ntoken = '{CANARY}'\ntokn = '{CANARY}'",
        f"[sinks.mailbox]\nplugin = '{CANARY}'\ntoken = '{CANARY}'",
        f"[read]\nreader = '{CANARY}'\nparallel = '{CANARY}'\nlanguages = '{CANARY}'",
        f"[note]\ngroup = '{CANARY}'\nimage_pixels = '{CANARY}'",
        f"[[watch]]\nfolder = 5\nsettle_seconds = '{CANARY}'",
        f"read = '{CANARY}'",
        f"[sinks.mailbox]\ntoken = '{CANARY}",
    ],
)  # fmt: skip
def test_no_message_shows_a_value(refused: Refused, text: str) -> None:
    assert CANARY not in "\n".join(refused(text))


def test_a_validator_that_breaks_is_a_mistake_of_its_sink_alone(refused: Refused) -> None:
    assert refused("[sinks.mailbox]\ntoken = 'a'\ntries = 13") == [
        ":1: sinks.mailbox: the plugin 'mailbox' can't check its settings: RuntimeError"
    ]


def test_a_sink_whose_plugin_is_broken_waits_and_the_others_work(load: Load) -> None:
    loaded = load("[sinks.pigeon]\nspeed = 1\n[sinks.mailbox]\ntoken = 'a'")
    assert [sink.name for sink in loaded.sinks] == ["mailbox"]
    assert "a_module_that_nobody_has" in loaded.unavailable["pigeon"]


def test_a_reader_has_its_own_settings(load: Load) -> None:
    loaded = load("[read]\nreader = 'rapidocr'\n[read.mlx]\nidle_seconds = 60.0\n")
    assert loaded.readers["mlx"].idle_seconds == 60  # type: ignore[attr-defined]
    assert loaded.readers["cuda"].device == "auto"  # type: ignore[attr-defined]


def test_a_mistake_in_a_readers_settings_is_named(refused: Refused) -> None:
    assert refused("[read.cuda]\ndevise = 'cpu'") == [":2: read.cuda.devise: unknown key; did you mean 'device'?"]


def test_a_readers_secret_is_told_by_its_source(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READER_KEY", CANARY)
    loaded = load("[read.http]\nbase_url = 'http://127.0.0.1:8080/v1'\napi_key = { env = 'READER_KEY' }")
    assert loaded.secrets["read.http.api_key"] == "env READER_KEY"
    assert CANARY not in repr(loaded)
