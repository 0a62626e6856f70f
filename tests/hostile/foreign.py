"""Sound files of other kinds, with the name of a picture or a PDF."""

from __future__ import annotations

import gzip
import io
import json
import plistlib
import random
import sqlite3
import struct
import wave
import zipfile
from collections.abc import Iterator

from tests.hostile.cases import Case, holding, unreadable
from tests.hostile.pictures import drawn, saved

TAKEN_IN = "JPEG, PNG, WebP, TIFF, HEIC or PDF"


def foreign(seed: int) -> Iterator[Case]:
    for name, (data, said) in _files(seed).items():
        suffix = (".jpg", ".png", ".pdf", ".heic", ".tif", ".webp")[len(name) % 6]
        yield Case(
            family="foreign",
            name=f"{name}{suffix}".encode(),
            put=holding(data),
            outcomes=(unreadable(f"{said}.*{TAKEN_IN}|not {TAKEN_IN}" if said else f"not {TAKEN_IN}"),),
        )


def _files(seed: int) -> dict[str, tuple[bytes, str]]:
    """Return by name the bytes, and the word by which a reason may call their kind."""
    chance = random.Random(seed)
    noise = chance.randbytes(400)
    image = drawn(64, 48, seed=seed)
    frames = [drawn(64, 48, seed=seed + number) for number in range(3)]
    return {
        "text": (f"Dear diary, on day {seed} I wrote by hand.\n".encode() * 40, ""),
        "utf-16 text": ((f"Tag {seed}\n" * 40).encode("utf-16"), ""),
        "one byte": (b"x", ""),
        "blanks": (b" " * 4000, ""),
        "json": (json.dumps({"day": seed, "noise": noise.hex()}).encode(), ""),
        "html": (b"<!DOCTYPE html><html><body><img src='scan.jpg'></body></html>" * 9, "html"),
        "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "svg"),
        "svg that includes a file": (
            (
                b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"
                b"<svg xmlns='http://www.w3.org/2000/svg'><text>&e;</text></svg>"
            ),
            "svg",
        ),
        "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\nshowpage\n", "postscript"),
        "script": (b"#!/bin/sh\nrm -rf ~\n", ""),
        "elf": (b"\x7fELF\x02\x01\x01" + bytes(9) + noise, ""),
        "windows program": (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" + noise, ""),
        "java class": (b"\xca\xfe\xba\xbe\0\0\0\x34" + noise, ""),
        "zip": (_zip({"scan.jpg": saved(image, "JPEG")}), "zip"),
        "zip bomb": (_zip({"zeros": bytes(30 << 20)}), "zip"),
        "docx": (_zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}), "zip"),
        "gzip": (gzip.compress(noise), "gzip"),
        "7z": (b"7z\xbc\xaf\x27\x1c\0\x04" + noise, ""),
        "rar": (b"Rar!\x1a\x07\x01\0" + noise, ""),
        "sqlite": (_sqlite(), ""),
        "plist": (plistlib.dumps({"day": seed}, fmt=plistlib.FMT_BINARY), ""),
        "gif": (saved(image, "GIF"), "gif"),
        "animated gif": (saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), "gif"),
        "bmp": (saved(image, "BMP"), "bmp"),
        "ico": (saved(image, "ICO"), ""),
        "tga": (saved(image, "TGA"), ""),
        "ppm": (saved(image, "PPM"), ""),
        "avif": (saved(image, "AVIF"), "avif"),
        "jpeg 2000": (saved(image, "JPEG2000"), "jp2"),
        "jpeg xl": (b"\xff\x0a" + noise, "jxl"),
        "psd": (b"8BPS\0\x01" + bytes(6) + struct.pack(">HIIHH", 3, 48, 64, 8, 3) + noise, "photoshop"),
        "djvu": (b"AT&TFORM" + struct.pack(">I", len(noise)) + b"DJVU" + noise, "djvu"),
        "mp4": (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + struct.pack(">I4s", 8, b"mdat") + noise, "video"),
        "quicktime": (b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + noise, "video"),
        "mp3": (b"ID3\x04\0\0\0\0\0\x10" + noise, "audio"),
        "bare mp3": (b"\xff\xfb\x90\x64" + noise, ""),
        "wav": (_wav(noise), "wav"),
        "avi": (b"RIFF" + struct.pack("<I", 412) + b"AVI LIST" + noise, "video"),
        "ogg": (b"OggS\0\x02" + noise, "ogg"),
        "matroska": (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01" + noise, "matroska"),
        "font": (b"\0\x01\0\0\0\x0f\0\x80\0\x03\0\x70" + noise, ""),
        "pickle": (
            b"\x80\x04\x95\x1e\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.",
            "",
        ),
    }


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _wav(samples: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setparams((1, 1, 8000, 0, "NONE", ""))
        sound.writeframes(samples)
    return buffer.getvalue()


def _sqlite() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a)")
    return connection.serialize()
