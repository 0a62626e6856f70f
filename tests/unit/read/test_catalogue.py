"""The catalogue of models: each entry is whole, has its sources, and stands in the documentation as it is."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from notesyncd.read.catalogue import by_memory, card_for, catalogue, fitting, read_catalogue, ways, with_hub_id
from notesyncd.read.catalogue_entry import CatalogueModel, Weights
from notesyncd.read.parsers import PARSERS

GB = 1_000_000_000
DOCUMENT = Path(__file__).parents[3] / "docs" / "models.md"
MODELS = list(catalogue().values())
LOADED_BY = [(model, weights) for model in MODELS for weights in model.weights]


def named(model: CatalogueModel) -> str:
    return model.name


# -------------------------------------------------------------------------------------------------------- the entries


def test_the_models_that_the_field_compares_are_there() -> None:
    families = {model.family for model in MODELS}
    assert {
        *("qwen3-vl", "qwen2.5-vl", "qwen3.5", "deepseek-ocr", "paddleocr-vl", "glm-ocr", "hunyuan-ocr", "olmocr"),
        *("chandra", "nanonets-ocr", "sarashina-ocr", "dots-ocr", "got-ocr", "trocr"),
    } == families


@pytest.mark.parametrize("model", MODELS, ids=named)
def test_its_parser_exists(model: CatalogueModel) -> None:
    assert model.parser in PARSERS


@pytest.mark.parametrize("model", MODELS, ids=named)
def test_its_card_is_what_the_entry_says(model: CatalogueModel) -> None:
    card = model.card
    assert (card.name, card.family, card.parser, card.asked) == (model.name, model.family, model.parser, model.asked)
    assert (card.prompt, card.reads, card.thinks) == (model.prompt, model.reads, model.thinks)
    assert (card.max_tokens, card.repetition_penalty) == (model.max_tokens, model.repetition_penalty)
    assert card.pixels.most <= 2_097_152
    assert (card.pixels.most, card.pixels.least, card.pixels.multiple) == tuple(model.pixels.model_dump().values())


@pytest.mark.parametrize(
    ("family", "multiple"), [("qwen3-vl", 32), ("qwen3.5", 32), ("qwen2.5-vl", 28), ("chandra", 32), ("olmocr", 28)]
)
def test_a_token_is_as_large_as_its_family_has_it(family: str, multiple: int) -> None:
    assert {model.pixels.multiple for model in MODELS if model.family == family} == {multiple}


def test_general_models_are_asked_verbatim_and_trained_ones_in_their_own_words() -> None:
    assert {model.family for model in MODELS if model.asked == "verbatim"} == {
        *("qwen3-vl", "qwen2.5-vl", "qwen3.5"),
        "sarashina-ocr",  # whose own words are not known
    }
    assert catalogue()["qwen3-vl-8b"].prompt == ""
    assert catalogue()["paddleocr-vl"].prompt == "OCR:"
    assert catalogue()["deepseek-ocr"].prompt.startswith("<|grounding|>")


def test_those_that_think_aloud_are_marked() -> None:
    assert {model.family for model in MODELS if model.thinks} == {"qwen3.5"}


def test_one_model_reads_lines() -> None:
    assert [model.name for model in MODELS if model.reads == "lines"] == ["trocr-base"]


def test_none_claims_to_be_tried() -> None:
    """Nobody ran real weights; a pinned commit would need a source, and there is none."""
    assert all(model.unverified for model in MODELS)
    assert not [weights for _, weights in LOADED_BY if weights.revision]


@pytest.mark.parametrize(("model", "weights"), LOADED_BY, ids=str)
def test_weights_are_of_a_type_that_its_runtime_has(model: CatalogueModel, weights: Weights) -> None:
    """The library has a folder of this name; whether it loads the real weights is not known."""
    library = "mlx_vlm" if weights.runtime == "mlx" else "transformers"
    found = find_spec(library)
    if found is None or found.origin is None:
        pytest.skip(f"needs {library}")
    folder = Path(found.origin).parent / "models"
    family = [other for other in MODELS if other.family == model.family]
    types = {each.replace("-", "_") for other in family for each in other.model_types}
    base = {"olmocr": "qwen2_5_vl", "nanonets-ocr": "qwen2_5_vl", "chandra": "qwen3_vl"}.get(model.family)
    assert [each for each in {*types, base} - {None} if (folder / str(each)).is_dir()]


# --------------------------------------------------------------------------------------------------------- by memory


@pytest.mark.parametrize(
    ("runtime", "gigabytes", "name"),
    [
        ("mlx", 1, "qwen3-vl-2b"),
        ("mlx", 7.9, "qwen3-vl-2b"),
        ("mlx", 8, "qwen3-vl-4b"),
        ("mlx", 16, "qwen3-vl-8b"),
        ("mlx", 24, "qwen3-vl-8b"),
        ("mlx", 32, "qwen3-vl-30b-a3b"),
        ("mlx", 512, "qwen3-vl-30b-a3b"),
        ("cuda", 6, "qwen3-vl-2b"),
        ("cuda", 8, "qwen3-vl-4b"),
        ("cuda", 12, "qwen3-vl-8b"),
        ("cuda", 24, "qwen3-vl-8b"),
        ("cuda", 32, "qwen3-vl-32b"),
    ],
)
def test_auto_is_by_memory(runtime: str, gigabytes: float, name: str) -> None:
    assert by_memory(runtime, int(gigabytes * GB)).name == name


@pytest.mark.parametrize("runtime", ["mlx", "cuda"])
@pytest.mark.parametrize("gigabytes", [8, 12, 16, 24, 32, 64])
def test_what_auto_takes_fits(runtime: str, gigabytes: int) -> None:
    weights = by_memory(runtime, gigabytes * GB).weights_for(runtime)
    assert weights is not None
    assert weights.least_memory_bytes <= 0.75 * gigabytes * GB


def test_the_best_comes_first() -> None:
    assert [model.name for model in fitting("mlx", 16 * GB)] == ["qwen3-vl-8b", "qwen3-vl-4b", "qwen3-vl-2b"]


def test_each_way_to_run_a_model_is_told_with_its_need() -> None:
    found = {(way.model, way.quantization): way.memory_bytes for way in ways("cuda")}
    assert found["qwen3-vl-8b", "bf16"] == 19_500_000_000
    assert found["qwen3-vl-8b", "4bit"] == 7_500_000_000
    assert ("qwen3-vl-30b-a3b", "4bit") not in found  # its experts stay as they are
    assert not [way for way in ways("cuda") if way.model == "dots.ocr"]
    assert {way.model for way in ways("mlx")} == {model.name for model in MODELS if model.weights_for("mlx")}


# ----------------------------------------------------------------------------------------------- models of no entry


@pytest.mark.parametrize(
    ("name", "model_type", "family", "parser"),
    [
        ("my folder", "qwen3_vl", "qwen3-vl", "verbatim"),
        ("my folder", "qwen3_vl_moe", "qwen3-vl", "verbatim"),
        ("my folder", "qwen2_5_vl", "qwen2.5-vl", "verbatim"),
        ("my folder", "qwen3_5", "qwen3.5", "verbatim"),
        ("my folder", "DeepseekOCR", "deepseek-ocr", "deepseek"),
        ("my folder", "deepseek_vl_v2", "deepseek-ocr", "deepseek"),
        ("my folder", "paddleocr_vl", "paddleocr-vl", "markdown"),
        ("my folder", "glm_ocr", "glm-ocr", "markdown"),
        ("my folder", "hunyuan_vl", "hunyuan-ocr", "hunyuan"),
        ("my folder", "dots_ocr", "dots-ocr", "dots"),
        ("my folder", "GOT", "got-ocr", "got"),
        ("my folder", "got_ocr2", "got-ocr", "got"),
        ("my folder", "vision-encoder-decoder", "trocr", "plain"),
        ("my folder", "llava", "unknown", "verbatim"),
        ("my folder", None, "unknown", "verbatim"),
        ("someone/chandra-mine", "qwen3_vl", "chandra", "chandra-1024"),
        ("someone/Chandra-OCR-2-4bit", "qwen3_vl", "chandra", "chandra-1000"),
        ("allenai/olmOCR-2-7B-1025-FP8", "qwen2_5_vl", "olmocr", "markdown"),
        ("nanonets/Nanonets-OCR2-3B", "qwen2_5_vl", "nanonets-ocr", "markdown"),
        ("qwen3-vl:8b", None, "qwen3-vl", "verbatim"),
        ("qwen2.5vl:7b", None, "qwen2.5-vl", "verbatim"),
        ("glm-ocr:q8_0", None, "glm-ocr", "markdown"),
        ("qwen3-8b", None, "unknown", "verbatim"),
    ],
)
def test_a_card_is_guessed_from_name_and_type(name: str, model_type: str | None, family: str, parser: str) -> None:
    card = card_for(name, model_type)
    assert (card.name, card.family, card.parser) == (name, family, parser)


def test_a_thinking_variant_thinks() -> None:
    assert card_for("Qwen/Qwen3-VL-8B-Thinking", "qwen3_vl").thinks
    assert not card_for("Qwen/Qwen3-VL-8B-Instruct-FP8", "qwen3_vl").thinks


def test_a_hub_id_leads_to_its_model() -> None:
    assert with_hub_id("mlx-community/Qwen3-VL-4B-Instruct-4bit") is catalogue()["qwen3-vl-4b"]
    assert with_hub_id("someone/else") is None


# ------------------------------------------------------------------------------------------------------ the form of it

WHOLE = """
[auto]
mlx = [{ from_gb = 0, model = "a" }, { from_gb = 8, model = "a" }]
cuda = [{ from_gb = 0, model = "a" }]
[[model]]
name = "a"
title = "A"
family = "a"
parameters = "1B"
unverified = true
pixels = { most = 4096, least = 1024, multiple = 32 }
asked = "fixed"
prompt = "OCR:"
prompt_source = "its card"
parser = "plain"
licence = "mit"
licence_source = "its card"
words = ["aa"]
[[model.weights]]
runtime = "mlx"
hub = "o/a"
quantization = "4bit"
memory_gb = 3
source = "its card"
[[model.weights]]
runtime = "cuda"
hub = "o/a"
quantization = "bf16"
memory_gb = 3
source = "its card"
"""


def test_a_whole_catalogue_is_read() -> None:
    assert [model.name for model in read_catalogue(WHOLE).model] == ["a"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('licence_source = "its card"', ""),
        ('licence = "mit"', ""),
        ('prompt_source = "its card"', ""),
        ('prompt = "OCR:"', ""),
        ('asked = "fixed"', 'asked = "verbatim"'),
        ('asked = "fixed"', 'asked = "nicely"'),
        ('source = "its card"\n[[', "[["),
        ("unverified = true", ""),
        ("most = 4096", "most = 512"),
        ("multiple = 32", "multiple = 65"),
        ('hub = "o/a"', 'hub = "o/../a"'),
        ('hub = "o/a"', 'hub = "a"'),
        ("memory_gb = 3", "memory_gb = 0"),
        ('parameters = "1B"', 'parameters = "1B"\nsha256 = "0"'),
        ('parameters = "1B"', 'parameters = "1B"\nonly_served = "why"'),
        ('runtime = "cuda"', 'runtime = "mlx"'),
        ('hub = "o/a"', 'hub = "o/a"\nrevision = "main"'),
        ("from_gb = 8", "from_gb = -1"),
        ('{ from_gb = 0, model = "a" }, { from_gb = 8', '{ from_gb = 8, model = "a" }, { from_gb = 0'),
        ('cuda = [{ from_gb = 0, model = "a" }]', ""),
        ('cuda = [{ from_gb = 0, model = "a" }]', 'cuda = [{ from_gb = 0, model = "b" }]'),
        ('words = ["aa"]', 'words = ["aa", "aa"]'),
        ("[auto]", "[auto"),
    ],
)
def test_what_is_not_whole_or_has_no_source_is_refused(one: str, other: str) -> None:
    broken = WHOLE.replace(one, other, 1)
    assert broken != WHOLE
    with pytest.raises(ValueError):
        read_catalogue(broken)


def test_the_same_name_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="stands there twice"):
        read_catalogue(WHOLE + WHOLE[WHOLE.index("[[model]]") :].replace('words = ["aa"]', ""))


# ----------------------------------------------------------------------------------------------------- in the document


def table(heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading, by their first cell."""
    part = DOCUMENT.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    return {row[0].strip("`"): row[1:] for row in rows[2:]}


@pytest.fixture
def _in_the_source_tree() -> None:
    if not DOCUMENT.exists():
        pytest.skip("needs the source tree")


@pytest.mark.usefixtures("_in_the_source_tree")
class TestTheDocument:
    def test_it_tells_where_each_models_weights_lie(self) -> None:
        def cell(model: CatalogueModel, runtime: str) -> str:
            weights = model.weights_for(runtime)
            return f"`{weights.hub}`, {weights.quantization}" if weights else "—"

        assert table("Where the weights lie") == {
            model.name: [
                model.parameters,
                cell(model, "mlx"),
                cell(model, "cuda"),
                ", ".join(f"{server}: `{name}`" for server, name in model.http.items()) or "—",
            ]
            for model in MODELS
        }

    def test_it_tells_how_each_is_asked_and_what_it_needs(self) -> None:
        asked = {"verbatim": "our verbatim prompt", "fixed": "its own words"}

        def needs(weights: Weights) -> str:
            in_4_bits = f" ({weights.memory_4bit_gb:g} in 4 bits)" if weights.memory_4bit_gb else ""
            return f"{weights.runtime} {weights.memory_gb:g}{in_4_bits}"

        assert table("How they are asked, and what they need") == {
            model.name: [
                "line by line" if model.reads == "lines" else asked[model.asked] + ", shortened" * model.shortened,
                f"`{model.parser}`",
                model.boxes or "—",
                "; ".join(map(needs, model.weights)) or "—",
                model.licence or "not known here",
            ]
            for model in MODELS
        }

    def test_it_tells_of_each_family_what_was_run(self) -> None:
        rows = table("What was run, and what never")
        assert list(rows) == list(dict.fromkeys(model.family for model in MODELS))
        for family, (mlx, cuda, run, never) in rows.items():
            runtimes = {weights.runtime for model in MODELS if model.family == family for weights in model.weights}
            assert {name for name, cell in (("mlx", mlx), ("cuda", cuda)) if cell != "—"} == runtimes
            assert run
            assert never

    def test_it_tells_what_auto_takes(self) -> None:
        for size, (mlx, cuda) in table('What "auto" takes').items():
            memory = int(size.removesuffix(" GB")) * GB
            for runtime, cell in (("mlx", mlx), ("cuda", cuda)):
                if cell:
                    assert by_memory(runtime, memory).name == cell.strip("`")
                    assert not memory or by_memory(runtime, memory - 1).name != cell.strip("`")

    def test_it_names_no_library_type_that_is_not_there(self) -> None:
        for library, column in (("mlx_vlm", 0), ("transformers", 1)):
            found = find_spec(library)
            if found is None or found.origin is None:
                pytest.skip(f"needs {library}")
            folder = Path(found.origin).parent / "models"
            for row in table("What was run, and what never").values():
                for name in re.findall(r"`(\w+)`", row[column]):
                    assert (folder / name).is_dir(), f"{library} has no {name}"
