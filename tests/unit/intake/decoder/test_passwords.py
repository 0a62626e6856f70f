"""Passwords of PDFs reach the decoder, and nobody else."""

from __future__ import annotations

import io
import traceback
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from notesyncd.domain.errors import ConfigError, TransientError
from notesyncd.intake.complete import EncryptedFile
from notesyncd.intake.decoder.decoder import Decoder, DecoderDied

Build = Callable[..., bytes]


def locked(data: bytes, password: str) -> bytes:
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(buffer, encryption=pikepdf.Encryption(user=password, owner=password))
    return buffer.getvalue()


@pytest.fixture
def locked_pdf(tmp_path: Path, build_pdf: Build) -> Path:
    path = tmp_path / "locked.pdf"
    path.write_bytes(locked(build_pdf(("/MediaBox [0 0 100 100]", "")), "pässword-4711"))
    return path


def test_a_password_opens_a_pdf_each_time_it_is_asked_for(locked_pdf: Path, tmp_path: Path, encode: Build) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(encode("png"))
    with Decoder(passwords=["wrong", "pässword-4711"]) as decoder:
        page = decoder.inspect(locked_pdf).pages[0].page
        decoder.inspect(other)
        assert decoder.pixels(locked_pdf, 1, page_id=page.id).shape == (page.height, page.width, 3)


def test_passwords_show_up_nowhere(locked_pdf: Path, tmp_path: Path, build_pdf: Build) -> None:
    secret = "secret-4711"
    slow = tmp_path / "slow.pdf"
    shapes = "".join(f"{n % 7 / 7} g 0 0 m 0 2000 2000 {9 * n} 2000 2000 c 0 2000 l f* " for n in range(100))
    slow.write_bytes(build_pdf(("/MediaBox [0 0 2000 2000]", shapes * 300)))
    with Decoder(seconds=0.7, passwords=[secret, "other"]) as decoder:
        errors: list[BaseException] = []
        for path, kind in ((locked_pdf, EncryptedFile), (slow, DecoderDied), (tmp_path / "none", TransientError)):
            with pytest.raises(kind) as caught:
                decoder.inspect(path)
            errors.append(caught.value)
        assert secret not in "".join("".join(traceback.format_exception(error)) for error in errors)
        assert secret not in repr(decoder)
        process = Path(f"/proc/{decoder.child_pid}")
        if process.exists():
            assert secret.encode() not in (process / "cmdline").read_bytes()
            assert secret.encode() not in (process / "environ").read_bytes()


@pytest.mark.parametrize("passwords", [["secret-4711"] * 101, ["secret-4711" * 100]], ids=["many", "long"])
def test_passwords_have_bounds(passwords: list[str]) -> None:
    with pytest.raises(ConfigError, match="at most") as caught:
        Decoder(passwords=passwords)
    assert "secret-4711" not in str(caught.value)
