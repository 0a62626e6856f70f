"""Values of the domain as JSON text, and back; checked on the way in."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

Value = TypeVar("Value")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dump(kind: type[Value], value: Value) -> str:
    """Return ``value`` as compact JSON."""
    adapter: TypeAdapter[Any] = _adapter(cast("Hashable", kind))
    return adapter.dump_json(value).decode()


def load(kind: type[Value], body: str) -> Value:
    """Return the value that ``dump`` wrote.

    Raises:
        pydantic.ValidationError: if the text is none of ours.
    """
    adapter: TypeAdapter[Any] = _adapter(cast("Hashable", kind))
    return cast("Value", adapter.validate_json(body))
