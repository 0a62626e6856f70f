"""The model hub, through huggingface_hub: which files a model has at a commit, and their bytes.

Files are fetched over plain HTTP, not by hf_xet: only so can a file that was broken off go on where it stopped. The
library itself gave that up in version 2: it begins each broken-off file anew. A token is taken from ``HF_TOKEN`` or
the hub's own login, by the library, and stands in no message.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, BinaryIO, cast

from notesyncd.api import AuthError, ConfigError, NotesyncdError, PermanentError, TransientError
from notesyncd.read.models.contents import is_weights
from notesyncd.read.models.digest import Told
from notesyncd.read.models.record import NAME as RECORD_NAME

_NEEDED = re.compile(
    r"[A-Za-z0-9][\w .-]*\.(json|safetensors|jinja|txt|model|tiktoken)|LICEN[CS]E[\w.-]*|NOTICE[\w.-]*", re.ASCII
)
"""Files of a repository's top folder that a model is loaded from, and its terms. Left out: pickles (``*.bin``, which
may run code), program code, other runtimes' formats, pictures, and whole folders (other versions and formats)."""
_UNNEEDED = re.compile(r"consolidated.*\.safetensors|adapter.*")  # the same weights under other names; an adapter

_OID = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")
_MOST_FILES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """A file of a model on the hub; ``oid``: its sha256, or for small files git's sha1 of the blob."""

    name: str
    size: int
    oid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A model on the hub at one commit: the files that are needed of it."""

    hub: str
    commit: str
    files: tuple[HubFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


def missing_library(runtime: str) -> str | None:
    """Say which package is missing to fetch models, and how to install it."""
    if find_spec("huggingface_hub") is not None:
        return None
    return f"the package huggingface_hub is missing; run: pip install 'notesyncd[{runtime}]'"


def snapshot_of(hub: str, revision: str | None) -> Snapshot:
    """Ask what a model holds, at a commit or (None) now.

    Raises:
        NotesyncdError: by what to do next.
    """
    # Read when the library is imported: it would ask for a list of programs, and tell the hub which of them runs it.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import HfApi  # noqa: PLC0415

    with _told_plainly(hub):
        api = HfApi(library_name="notesyncd", library_version=version("notesyncd"))
        info = api.model_info(hub, revision=revision, files_metadata=True)
    if not isinstance(info.sha, str) or not re.fullmatch(r"[0-9a-f]{40}", info.sha):
        raise PermanentError(f"the hub names no commit for {hub}")
    files = tuple(_file(hub, each) for each in info.siblings or () if _is_needed(each.rfilename))
    if not any(is_weights(file.name) for file in files):
        raise PermanentError(f"{hub} has no weights as *.safetensors, the only kind that is loaded")
    if len(files) > _MOST_FILES:
        raise PermanentError(f"{hub} has {len(files)} files, too many for a model")
    return Snapshot(hub=hub, commit=info.sha, files=files)


def fetch_bytes(snapshot: Snapshot, file: HubFile, into: BinaryIO, told: Told) -> None:
    """Fetch what is missing at the end of ``into``, which is open for reading and writing.

    Raises:
        NotesyncdError: by what to do next; what was fetched stays in ``into``.
    """
    from huggingface_hub import hf_hub_url  # noqa: PLC0415
    from huggingface_hub.file_download import http_get  # noqa: PLC0415
    from huggingface_hub.utils import build_hf_headers, disable_progress_bars  # noqa: PLC0415

    here = into.seek(0, os.SEEK_END)
    headers = build_hf_headers(library_name="notesyncd", library_version=version("notesyncd"))
    headers["Accept-Encoding"] = "identity"  # packed bytes can't go on where they stopped
    url = hf_hub_url(snapshot.hub, file.name, revision=snapshot.commit)
    disable_progress_bars()
    with _told_plainly(snapshot.hub):
        http_get(
            url,
            cast(BinaryIO, _Bounded(into, file, told)),
            resume_size=here,
            headers=headers,
            expected_size=file.size,
            displayed_filename=file.name,
        )


class _Bounded:
    """A file that tells how much is written, and takes no more bytes than it may have."""

    def __init__(self, stream: BinaryIO, file: HubFile, told: Told) -> None:
        self._stream = stream
        self._file = file
        self._told = told

    def write(self, data: bytes) -> int:
        if self._stream.tell() + len(data) > self._file.size:
            raise PermanentError(f"the hub sends more of {self._file.name} than the {self._file.size} bytes it told of")
        written = self._stream.write(data)
        self._told(written)
        return written

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int) -> int:
        self._told(offset - self._stream.tell())
        return self._stream.seek(offset)

    def truncate(self) -> int:
        return self._stream.truncate()


def _is_needed(name: Any) -> bool:
    if not isinstance(name, str) or name == RECORD_NAME or _UNNEEDED.fullmatch(name):
        return False
    return _NEEDED.fullmatch(name) is not None


def _file(hub: str, sibling: Any) -> HubFile:
    size, oid = sibling.size, sibling.lfs.sha256 if sibling.lfs else sibling.blob_id
    if not isinstance(size, int) or size < 0 or not isinstance(oid, str) or not _OID.fullmatch(oid):
        raise PermanentError(f"the hub tells no size or digest of {sibling.rfilename} in {hub}")
    return HubFile(name=sibling.rfilename, size=size, oid=oid)


@contextmanager
def _told_plainly(hub: str) -> Iterator[None]:
    """Turn what the library raises into what a person can do next."""
    from huggingface_hub import errors  # noqa: PLC0415

    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise TransientError(
            f"HF_HUB_OFFLINE is set, so nothing of {hub} can be fetched; models that are on this disk work without it"
        ) from error
    except errors.GatedRepoError as error:
        raise AuthError(
            f"{hub} is open only to those who agreed to its terms: do so at https://huggingface.co/{hub}, then run "
            "`hf auth login` or set HF_TOKEN"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise PermanentError(
            f"the hub no longer has the wanted commit of {hub}; --update fetches the newest"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise PermanentError(
            f"the hub knows no model {hub}; if it is a private one, run `hf auth login` or set HF_TOKEN first"
        ) from error
    except errors.HfHubHTTPError as error:
        raise _by_status(hub, error.response.status_code) from error
    except errors.HTTPError as error:
        raise TransientError(
            f"the hub can't be reached ({type(error).__name__}); run it again: what was fetched of {hub} is kept"
        ) from error
    except errors.HFValidationError as error:
        raise ConfigError(f"{hub} is no hub id") from error
    except OSError as error:
        raise by_number(hub, error) from error
    except (TypeError, ValueError) as error:  # an answer that is no JSON, or of another form
        raise PermanentError(f"the hub's answer about {hub} can't be understood") from error


def _by_status(hub: str, status: int) -> NotesyncdError:
    if status in (401, 403):
        return AuthError(
            f"the hub refuses {hub} (HTTP {status}): run `hf auth login`, or set HF_TOKEN to a valid token"
        )
    if status == 429 or status >= 500:
        return TransientError(
            f"the hub can't serve {hub} now (HTTP {status}); run it again later: what was fetched is kept"
        )
    return PermanentError(f"the hub answers HTTP {status} for {hub}")


def by_number(hub: str, error: OSError) -> NotesyncdError:
    """Return what an error of the file system, or the library's own in that guise, means to a person."""
    if error.errno == errno.ENOSPC:
        return PermanentError(f"the disk is full; make room and run it again: what was fetched of {hub} is kept")
    if error.errno is None:  # the library's own: a file is shorter than was told
        return TransientError(f"the hub broke off in the middle; run it again: what was fetched of {hub} is kept")
    return ConfigError(f"{error.filename or hub} can't be written: {error.strerror}")
