"""What went wrong in mlx or mlx-vlm, told by what to do next."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from notesyncd.read.process.runtime import RuntimeProblem
from notesyncd.read.process.words import gib, words_of

# How mlx says it: "[metal::malloc] …", "[malloc_or_wait] Unable to allocate …", "… out of memory", std::bad_alloc.
_NO_MEMORY = ("malloc", "unable to allocate", "out of memory", "bad_alloc", "insufficient memory")


def is_memory(error: BaseException) -> bool:
    """Say whether an error, or one that it came from, tells of too little memory."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError) or any(words in str(seen).lower() for words in _NO_MEMORY):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def no_room(folder: Path, *, needs: int, has: int, smaller: int | None) -> RuntimeProblem:
    """Say what there is, what the model needs, and what would fit.

    Args:
        smaller: bytes of the weights once they are brought to 4 bits; None: they are no longer.
    """
    message = f"{folder.name} does not fit: its weights take {gib(needs)}, a model may have {gib(has)} here"
    if smaller is not None and smaller < has:
        return RuntimeProblem("memory", f'{message}; with quantization = "4bit" they take {gib(smaller)}')
    return RuntimeProblem("memory", f"{message}; end other programs that use much, or choose a smaller model")


def no_room_for_page(width: int, height: int) -> RuntimeProblem:
    """Say that the model is loaded, but a page's picture was too much."""
    return RuntimeProblem(
        "memory",
        f"a picture of {width} x {height} pixels is too large for what memory is left beside the model: lower "
        "max_pixels, choose a smaller model, or end other programs",
    )


def not_loaded(folder: Path, error: Exception) -> RuntimeProblem:
    """Say why a model can't be loaded; whatever the reason, it is this model that is unusable."""
    if is_memory(error):
        return RuntimeProblem("memory", f"there is not enough memory to load {folder.name}: choose a smaller model")
    said = str(error)
    if isinstance(error, ValueError) and said.startswith("Model type"):
        return RuntimeProblem(
            "config",
            f"mlx-vlm {version('mlx-vlm')} knows no model of this type ({folder.name}): choose another model, or "
            "update mlx-vlm",
        )
    return RuntimeProblem(
        "config",
        f"{folder} can't be loaded by mlx-vlm {version('mlx-vlm')} ({type(error).__name__}: {words_of(error)})",
    )
