"""What went wrong in torch, transformers or bitsandbytes, told by what to do next."""

from __future__ import annotations

from importlib.metadata import version

from notesyncd.read.fit import fits
from notesyncd.read.process.runtime import RuntimeProblem
from notesyncd.read.process.torch.checkpoint import Checkpoint
from notesyncd.read.process.torch.place import Place
from notesyncd.read.process.words import GIB, gib, words_of

# How the C++ allocators behind torch say it, beside torch.OutOfMemoryError.
_NO_MEMORY = ("out of memory", "can't allocate memory", "cannot allocate memory", "cublas_status_alloc_failed")


def is_memory(error: BaseException) -> bool:
    """Say whether an error, or one that it came from, tells of too little memory."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError) or any(words in str(seen).lower() for words in _NO_MEMORY):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def no_room(checkpoint: Checkpoint, place: Place, quantization: str | None) -> RuntimeProblem:
    """Say what the place has, what the model needs, and what would fit."""
    there = "the card has" if place.is_card else "this machine has"
    needs, has = checkpoint.loaded_bytes(quantization), place.memory_bytes
    message = (
        f"{checkpoint.folder.name} does not fit: its weights take {gib(needs)} and a page some 2 GiB more, "
        f"{there} {gib(has)} in all"
    )
    smaller = checkpoint.loaded_bytes("4bit")
    if smaller < needs and fits(smaller + 2 * GIB, has):
        return RuntimeProblem("memory", f'{message}; with quantization = "4bit" the weights take {gib(smaller)}')
    return RuntimeProblem(
        "memory", f"{message}; end other programs that use it, or choose a smaller model (notesyncd doctor lists them)"
    )


def no_room_for_page(place: Place, width: int, height: int) -> RuntimeProblem:
    """Say that the model is loaded, but a page's picture was too much."""
    return RuntimeProblem(
        "memory",
        f"a picture of {width} x {height} pixels is too large for what memory is left beside the model "
        f"({gib(place.memory_bytes)} in all): lower max_pixels, choose a smaller model, or end other programs",
    )


def not_loaded(checkpoint: Checkpoint, error: Exception) -> RuntimeProblem:
    """Say why a model can't be loaded; whatever the reason, it is this model that is unusable."""
    words, said = words_of(error), str(error)
    if isinstance(error, ImportError):
        return RuntimeProblem(
            "config",
            f"{checkpoint.folder.name} needs a library that is missing or of another version: {words} (the cuda "
            "reader's own come with: pip install 'notesyncd[cuda]')",
        )
    if "trust_remote_code" in said:
        return RuntimeProblem(
            "config", f"{checkpoint.folder.name} brings code of its own, which is never run here: choose another model"
        )
    if "does not recognize this architecture" in said or "Unrecognized configuration class" in said:
        return RuntimeProblem(
            "config",
            f"transformers {version('transformers')} knows no picture-reading model of the type "
            f"{checkpoint.model_type} ({checkpoint.folder.name}): choose another model, or update transformers",
        )
    return RuntimeProblem("config", f"{checkpoint.folder} can't be loaded ({type(error).__name__}: {words})")
