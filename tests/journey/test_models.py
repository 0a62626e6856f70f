"""``notesyncd models`` fetches, checks and removes models, through the real huggingface_hub against a hub on loopback."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from notesyncd.read.catalogue import catalogue
from notesyncd.read.models.pace import note_seconds
from tests.unit.read.models.loopback_hub import Hub, Repository, commit_of, loopback_hub
from tests.unit.read.models.tiny_models import READS, model_files, safetensors
from tests.unit.system.mounting import mounted_tmpfs

pytest.importorskip("huggingface_hub")

MIB = 1 << 20
LARGE = 36 * MIB
"""Of weights: the library writes what arrives in pieces of 10 MiB, so a file that is to be broken off must have several."""
MODEL = "qwen3-vl-2b"
HUB_ID = "mlx-community/Qwen3-VL-2B-Instruct-4bit"


@dataclass
class House:
    """A user with a state folder of his own, and the hub."""

    root: Path
    hub: Hub

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def models(self) -> Path:
        return self.state / "cache" / "readers" / "models"

    @property
    def folder(self) -> Path:
        return self.models / HUB_ID.replace("/", "--")

    @property
    def unfinished(self) -> Path:
        return self.models / ".pulling" / self.folder.name

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "NOTESYNCD_"))}
        own = {
            "HF_ENDPOINT": self.hub.url,
            "HF_HOME": str(self.root / "hub"),
            "HF_HUB_DISABLE_XET": "1",
            "NOTESYNCD_STATE_DIR": str(self.state),
        }
        return {name: value for name, value in (kept | own | more).items() if value}

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "notesyncd", "models", *arguments],
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, expect: int = 0, **environment: str) -> tuple[str, str]:
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=120)
        assert process.returncode == expect, f"{arguments} ended with {process.returncode}\n{out}\n{err}"
        assert "Traceback" not in err
        return out, err

    def pull(self, *arguments: str, expect: int = 0, **environment: str) -> tuple[str, str]:
        return self.run("pull", MODEL, "--runtime", "mlx", *arguments, expect=expect, **environment)

    def listed(self) -> dict:
        out, _ = self.run("list", "--runtime", "mlx", "--json")
        return json.loads(out)["models"][0]["runtimes"]["mlx"]

    def killed_in_the_middle(self, *, after: int) -> None:
        """Begin to fetch, and kill it once so many bytes went out."""
        self.hub.pause = 0.02
        process = self.start("pull", MODEL, "--runtime", "mlx")
        self.hub.wait_for(after)
        process.kill()
        process.communicate()
        self.hub.pause = 0.0


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with loopback_hub() as hub:
        yield House(tmp_path, hub)


@pytest.fixture
def repository(house: House) -> Repository:
    return house.hub.serve(HUB_ID, model_files(200_000))


# --------------------------------------------------------------------------------------------------------- it arrives


def test_a_model_arrives_whole_with_its_commit_pinned(house: House, repository: Repository) -> None:
    files = repository.commits[0]
    out, err = house.pull()
    assert f"pinned to commit {commit_of(files)}" in out
    assert "fetching mlx-community/Qwen3-VL-2B-Instruct-4bit, MB: 0 of 0" in err
    assert {name: (house.folder / name).read_bytes() for name in files} == files
    record = json.loads((house.folder / "notesyncd-model.json").read_text())
    assert (record["hub"], record["revision"]) == (HUB_ID, commit_of(files))
    assert not house.unfinished.exists()
    here = house.listed()["on_disk"]
    assert here["whole"]
    assert here["bytes"] == sum(map(len, files.values()))


def test_only_what_a_model_is_loaded_from_is_fetched(house: House, repository: Repository) -> None:
    extras = {
        "pytorch_model.bin": b"pickle" * 50_000,
        "modeling_custom.py": b"print('run me')",
        "model.onnx": b"onnx",
        "model.gguf": b"gguf",
        "consolidated.safetensors": b"twice",
        "adapter_model.safetensors": b"adapter",
        "adapter_config.json": b"{}",
        "v1.0/model.safetensors": b"older",
        "../escaped.json": b"{}",
        "/etc/notesyncd.json": b"{}",
        "notesyncd-model.json": b"{}",
        "picture.png": b"png",
        "LICENSE": b"terms",
    }
    repository.commits[0] |= extras
    house.pull()
    there = {path.name for path in house.folder.iterdir()}
    assert there == set(model_files()) | {"LICENSE", "notesyncd-model.json"}
    assert {request.file for request in house.hub.of_files()} == set(model_files()) | {"LICENSE"}
    assert not list(house.root.rglob("escaped.json"))


def test_progress_is_shown_on_a_terminal(house: House) -> None:
    house.hub.serve(HUB_ID, model_files(LARGE))
    ours, theirs = pty.openpty()
    arguments = [sys.executable, "-m", "notesyncd", "models", "pull", MODEL, "--runtime", "mlx"]
    with subprocess.Popen(
        arguments, env=house.environment(TERM="xterm", COLUMNS="160"), stdout=subprocess.DEVNULL, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:  # Linux says so when the other end is closed
            pass
        assert process.wait() == 0
    os.close(ours)
    text = shown.decode(errors="replace")
    assert "38/38" in text
    assert "model.safetensors" in text


def test_progress_is_told_in_order_up_to_the_end(house: House) -> None:
    house.hub.serve(HUB_ID, model_files(LARGE))
    code = (
        "import json, sys; from pathlib import Path; from notesyncd.read.models.pull import pull\n"
        "told = []\n"
        f"pull({HUB_ID!r}, cache=Path(sys.argv[1]), tell=lambda done, total, file: told.append((done, total)))\n"
        "print(json.dumps(told))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, house.root / "cache"], env=house.environment(), check=True, stdout=subprocess.PIPE
    ).stdout
    told = json.loads(out)
    total = sum(map(len, model_files(LARGE).values()))
    assert {each[1] for each in told} == {total}
    assert [each[0] for each in told] == sorted(each[0] for each in told)
    assert told[-1][0] == total
    assert len([each for each in told if 0 < each[0] < LARGE]) > 3


def test_any_hub_id_can_be_fetched_and_is_listed(house: House) -> None:
    house.hub.serve("someone/a-model", model_files(200_000))
    house.run("pull", "someone/a-model")
    out, _ = house.run("list", "--json")
    assert [each["hub"] for each in json.loads(out)["others"]] == ["someone/a-model"]
    assert "someone/a-model" in house.run("list")[0]


def test_the_list_tells_what_is_here_for_whom_and_how_fast_it_is(house: House, repository: Repository) -> None:
    house.pull()
    house.hub.serve("Qwen/Qwen3-VL-4B-Instruct", model_files(300_000))
    house.run("pull", "qwen3-vl-4b", "--runtime", "cuda")
    note_seconds(house.state / "cache" / "readers", "mlx:qwen3-vl-2b", 12.34)
    out, _ = house.run("list", "--runtime", "mlx")
    header, *lines = (line.split("\t") for line in out.splitlines())
    rows = {line[0]: dict(zip(header, line, strict=True)) for line in lines if len(line) == len(header)}
    assert list(rows) == list(catalogue())
    first = rows["qwen3-vl-2b"]
    assert (first["on disk"], first["s a page"], first["tried"]) == ("200.4 kB", "12.3", "no")
    assert rows["qwen3-vl-4b"]["on disk"] == "300.4 kB for cuda"
    assert rows["qwen3-vl-4b"]["licence"] == "apache-2.0"
    assert rows["sarashina2.2-ocr"]["runs with"] == "http"
    assert (rows["qwen3-vl-8b"]["on disk"], rows["qwen3-vl-8b"]["s a page"]) == ("", "")
    assert rows["qwen3-vl-8b"]["memory"] == "8 GB in 4bit"
    assert '"auto" is qwen3-vl-' in lines[-1][0]


def test_files_of_the_hubs_newer_store_are_fetched_all_the_same(house: House, repository: Repository) -> None:
    house.hub.xet = True
    house.pull(HF_HUB_DISABLE_XET="")
    assert (house.folder / "model.safetensors").read_bytes() == repository.commits[0]["model.safetensors"]


# ------------------------------------------------------------------------------------------------------ it goes on


def test_a_killed_pull_goes_on_where_it_stopped(house: House) -> None:
    files = model_files(LARGE)
    house.hub.serve(HUB_ID, files)
    house.killed_in_the_middle(after=24 * MIB)
    assert not house.folder.exists()
    assert house.listed()["on_disk"] is None
    assert house.listed()["half_fetched"]
    first = house.hub.served()
    house.pull()
    last = [request for request in house.hub.of_files() if request.file == "model.safetensors"][-1]
    assert last.range is not None
    assert int(last.range.removeprefix("bytes=").rstrip("-")) >= 10 * MIB
    assert house.hub.served() < first + LARGE - 9 * MIB
    assert house.hub.served() < 2 * LARGE
    assert (house.folder / "model.safetensors").read_bytes() == files["model.safetensors"]
    house.run("check", MODEL, "--runtime", "mlx")


def test_a_killed_pull_goes_on_though_the_hub_has_moved_on(house: House) -> None:
    before = model_files(LARGE)
    repository = house.hub.serve(HUB_ID, before)
    house.killed_in_the_middle(after=24 * MIB)
    after = before | {"config.json": before["config.json"] + b"\n"}
    del after["chat_template.jinja"]
    repository.commits.append(after)
    out, _ = house.pull()
    assert commit_of(repository.commits[1]) in out
    assert house.hub.of_files()[-1].range is not None
    assert not (house.folder / "chat_template.jinja").exists()
    assert (house.folder / "config.json").read_bytes() == repository.commits[1]["config.json"]
    house.run("check", MODEL, "--runtime", "mlx")


def test_a_connection_that_breaks_is_taken_up_again_in_the_same_run(house: House) -> None:
    house.hub.serve(HUB_ID, model_files(LARGE))
    house.hub.cut_after = 24 * MIB
    house.pull()
    asked = [request for request in house.hub.of_files() if request.file == "model.safetensors"]
    assert [request.range is None for request in asked] == [True, False]


def test_two_cannot_fetch_the_same_model_at_once(house: House) -> None:
    house.hub.serve(HUB_ID, model_files(LARGE))
    house.hub.pause = 0.05
    first = house.start("pull", MODEL, "--runtime", "mlx")
    house.hub.wait_for(MIB)
    _, err = house.pull(expect=1)
    assert "is being fetched by another process" in err
    house.hub.pause = 0.0
    first.communicate(timeout=60)
    assert first.returncode == 0


# ------------------------------------------------------------------------------------------------------- the disk


def test_what_does_not_fit_is_not_begun(house: House) -> None:
    house.hub.serve(HUB_ID, model_files(LARGE))
    with mounted_tmpfs(house.state, "size=64m"):
        _, err = house.pull(expect=1)
        assert "does not fit: 38 MB are still to be fetched, and 200 MB must stay free" in err
        assert "has 67 MB" in err
        assert house.hub.served() == 0


def test_a_disk_that_fills_up_meanwhile_is_said_and_what_arrived_is_kept(house: House) -> None:
    house.hub.serve(HUB_ID, model_files(LARGE))
    with mounted_tmpfs(house.state, "size=300m"):
        house.hub.pause = 0.02
        process = house.start("pull", MODEL, "--runtime", "mlx")
        house.hub.wait_for(16 * MIB)
        ballast = house.state / "ballast"
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(house.state).free)
        house.hub.pause = 0.0
        _, err = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "the disk is full; make room and run it again" in err
        ballast.unlink()
        house.pull()
        assert house.hub.of_files()[-1].range is not None


# ------------------------------------------------------------------------------------------------ what is not right


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_file_with_another_digest_is_thrown_away(house: House, repository: Repository, name: str) -> None:
    good = repository.commits[0][name]
    repository.broken[name] = good[:-1] + bytes([good[-1] ^ 1])
    _, err = house.pull(expect=1)
    assert f"{name} of {HUB_ID} is not what the hub says it is" in err
    assert not house.folder.exists()
    assert not [path for path in house.unfinished.iterdir() if path.name == name or path.suffix == ".part"]
    del repository.broken[name]
    house.pull()
    assert (house.folder / name).read_bytes() == good


def test_a_file_that_is_longer_than_was_told_does_not_fill_the_disk(house: House, repository: Repository) -> None:
    repository.broken["model.safetensors"] = bytes(64 * MIB)
    _, err = house.pull(expect=1)
    assert "the hub sends more of model.safetensors than" in err
    assert sum(path.stat().st_size for path in house.models.rglob("*") if path.is_file()) < MIB


def test_a_model_that_sees_nothing_is_refused_and_removed(house: House, repository: Repository) -> None:
    repository.commits[0]["model.safetensors"] = safetensors({READS: 200_000})
    _, err = house.pull(expect=1)
    assert "holds no weights that see a picture" in err
    assert not house.folder.exists()
    assert not house.unfinished.exists()


def test_pickles_are_never_fetched(house: House, repository: Repository) -> None:
    del repository.commits[0]["model.safetensors"]
    repository.commits[0]["pytorch_model.bin"] = b"pickle" * 50_000
    _, err = house.pull(expect=1)
    assert "has no weights as *.safetensors" in err
    assert house.hub.served() == 0


def test_a_model_that_the_hub_does_not_know(house: House) -> None:
    _, err = house.pull(expect=1)
    assert f"the hub knows no model {HUB_ID}" in err


def test_a_model_with_terms_to_agree_to(house: House) -> None:
    house.hub.serve(HUB_ID, model_files(), gated=True)
    _, err = house.pull(expect=1)
    assert f"do so at https://huggingface.co/{HUB_ID}" in err


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "the hub refuses"),
        (403, "the hub refuses"),
        (500, "can't serve"),
        (429, "can't serve"),
        (418, "answers HTTP 418"),
    ],
)
def test_answers_that_refuse(house: House, repository: Repository, status: int, message: str) -> None:
    house.hub.status = status
    _, err = house.pull(expect=1)
    assert message in err


def test_the_token_goes_to_the_hub_alone_and_is_never_shown(house: House, repository: Repository) -> None:
    token = "hf_" + "s3cr3t" * 5
    house.hub.accepts = token
    out, err = house.pull(HF_TOKEN=token)
    assert token not in out + err
    asked = house.hub.requests
    assert {request.token for request in asked if "/far/" not in request.path} == {token}
    assert {request.token for request in asked if "/far/" in request.path} == {None}


def test_the_hub_is_asked_for_the_model_and_nothing_else(house: House, repository: Repository) -> None:
    house.pull()
    assert {request.path for request in house.hub.requests if HUB_ID not in request.path} == set()


def test_what_is_here_is_no_worse_for_a_hub_that_refuses(house: House, repository: Repository) -> None:
    house.pull()
    house.hub.status = 401
    out, err = house.pull()
    assert "is here already" in out
    assert "whether there is a newer commit is unknown: the hub refuses" in err


def test_a_wrong_token_is_said_and_not_shown(house: House, repository: Repository) -> None:
    house.hub.accepts = "hf_right"
    out, err = house.pull(HF_TOKEN="hf_wrong_token", expect=1)
    assert "set HF_TOKEN to a valid token" in err
    assert "hf_wrong_token" not in out + err


# ------------------------------------------------------------------------------------------------------- offline


def test_offline_says_so_and_what_is_here_still_works(house: House, repository: Repository) -> None:
    _, err = house.pull(HF_HUB_OFFLINE="1", expect=1)
    assert "HF_HUB_OFFLINE is set" in err
    assert not house.hub.requests
    house.pull()
    out, err = house.pull(HF_HUB_OFFLINE="1")
    assert "is here already" in out
    assert "whether there is a newer commit is unknown: HF_HUB_OFFLINE is set" in err
    house.run("check", MODEL, "--runtime", "mlx", HF_HUB_OFFLINE="1")
    house.run("list", HF_HUB_OFFLINE="1")


def test_a_hub_that_is_out_of_reach(house: House) -> None:
    _, err = house.pull(HF_ENDPOINT="http://127.0.0.1:9", expect=1)
    assert "the hub can't be reached" in err


def test_listing_checking_and_reading_ask_the_hub_nothing(house: House, repository: Repository) -> None:
    house.pull()
    house.hub.requests.clear()
    house.run("list")
    house.run("check")
    code = (
        "import sys; from pathlib import Path; from notesyncd.read.models.store import resolve\n"
        f"print(resolve({MODEL!r}, runtime='mlx', cache=Path(sys.argv[1])).digest)"
    )
    cache = house.state / "cache" / "readers"
    subprocess.run([sys.executable, "-c", code, cache], env=house.environment(), check=True, stdout=subprocess.PIPE)
    assert not house.hub.requests


# ------------------------------------------------------------------------------------------------- the pinned commit


def test_a_newer_commit_is_told_and_taken_only_with_update(house: House, repository: Repository) -> None:
    before = repository.commits[0]
    house.pull()
    repository.commits.append(before | {"config.json": before["config.json"] + b"\n"})
    newer = commit_of(repository.commits[1])
    house.hub.requests.clear()
    out, _ = house.pull()
    assert f"The hub has a newer commit, {newer}; --update fetches it." in out
    assert not house.hub.of_files()
    assert house.listed()["on_disk"]["revision"] == commit_of(before)
    house.pull("--update")
    assert [request.file for request in house.hub.of_files()] == ["config.json"]
    assert house.listed()["on_disk"]["revision"] == newer
    assert (house.folder / "config.json").read_bytes() == repository.commits[1]["config.json"]
    assert not house.unfinished.exists()
    house.run("check")
    out, _ = house.pull("--update")
    assert "is here already" in out


def test_what_was_lost_is_fetched_again_at_the_pinned_commit(house: House, repository: Repository) -> None:
    before = repository.commits[0]
    house.pull()
    repository.commits.append(before | {"config.json": before["config.json"] + b"\n"})
    (house.folder / "tokenizer.json").unlink()
    house.hub.requests.clear()
    out, _ = house.pull()
    assert f"pinned to commit {commit_of(before)}" in out
    assert [request.file for request in house.hub.of_files()] == ["tokenizer.json"]
    house.run("check")


def test_a_pinned_commit_that_is_gone_is_said(house: House, repository: Repository) -> None:
    house.pull()
    (house.folder / "tokenizer.json").unlink()
    repository.commits[0] = repository.commits[0] | {"config.json": b'{"model_type": "qwen3_vl" }'}
    _, err = house.pull(expect=1)
    assert "no longer has the wanted commit" in err
    house.pull("--update")
    house.run("check")


# --------------------------------------------------------------------------------------------------- check and remove


def test_a_changed_byte_a_missing_file_and_a_strange_one_are_found(house: House, repository: Repository) -> None:
    house.pull()
    out, _ = house.run("check")
    assert "is in order" in out
    weights = house.folder / "model.safetensors"
    good = weights.read_bytes()
    weights.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    (house.folder / "tokenizer.json").unlink()
    (house.folder / "strange.json").write_text("{}")
    _, err = house.run("check", MODEL, "--runtime", "mlx", expect=1)
    assert "model.safetensors was changed" in err
    assert "tokenizer.json is missing" in err
    assert "strange.json was not fetched with it" in err


def test_a_removed_model_is_gone_and_can_be_fetched_again(house: House, repository: Repository) -> None:
    house.pull()
    out, _ = house.run("remove", MODEL, "--runtime", "mlx")
    assert "are free again" in out
    assert not house.folder.exists()
    _, err = house.run("remove", MODEL, "--runtime", "mlx", expect=1)
    assert "is not on this disk" in err
    _, err = house.run("check", MODEL, "--runtime", "mlx", expect=1)
    assert "is not on this disk" in err
    house.pull()


def test_a_half_fetched_model_can_be_removed(house: House) -> None:
    house.hub.serve(HUB_ID, model_files(LARGE))
    house.killed_in_the_middle(after=24 * MIB)
    house.run("remove", MODEL, "--runtime", "mlx")
    assert not house.unfinished.exists()


# ------------------------------------------------------------------------------------------------------ wrong words


def test_wrong_names_and_options(house: House) -> None:
    _, err = house.run("pull", "qwen3vl-2b", expect=78)
    assert "did you mean 'qwen3-vl-2b'?" in err
    _, err = house.run("pull", "trocr-base", "--runtime", "mlx", expect=78)
    assert "can't be run with mlx, only with cuda" in err
    _, err = house.run("pull", "sarashina2.2-ocr", expect=78)
    assert "which notesyncd never runs; let a server run it" in err
    _, err = house.run("pull", "/some/folder", expect=78)
    assert "is a folder" in err
    house.run("pull", MODEL, "--runtime", "metal", expect=2)
    assert not house.hub.requests
