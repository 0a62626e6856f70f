"""What libraries say of damaged files, as people are told it."""

from __future__ import annotations

import pytest
from PIL import Image

from notesyncd.domain.errors import UnreadableScan
from notesyncd.intake.complete import EncryptedFile, IncompleteFile
from notesyncd.intake.decoder.damage import told_of_file


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (OSError("decoder error -2"), "it is damaged (decoder error -2)"),
        (SyntaxError("broken PNG file (chunk b'\\x00')"), "it is damaged"),
        (ValueError(""), "it is damaged"),
        (RuntimeError("Failed to load page."), "it is damaged (Failed to load page)"),
        (Image.UnidentifiedImageError("cannot identify image file <_io.BytesIO object at 0x7f00>"), "it is damaged"),
        (TypeError("x" * 500), "it is damaged"),
        (KeyError(7), "it is damaged (7)"),
        (ValueError("zwölf \x1b[31m"), "it is damaged"),
    ],
)
def test_any_exception_becomes_a_sentence(raised: Exception, told: str) -> None:
    with pytest.raises(UnreadableScan) as caught, told_of_file("it is damaged"):
        raise raised
    assert str(caught.value) == told
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize(
    "raised",
    [
        EncryptedFile("it needs a password"),
        IncompleteFile("it is not whole"),
        MemoryError(),
        Image.DecompressionBombError("huge"),
        KeyboardInterrupt(),
    ],
)
def test_what_says_more_than_that_passes(raised: BaseException) -> None:
    with pytest.raises(type(raised)) as caught, told_of_file("it is damaged"):
        raise raised
    assert caught.value is raised
