"""Every setting says what it is, and its default is within its own bounds."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from notesyncd.config.schema import Config, WatchSettings


def fields(model: type[BaseModel], below: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        yield f"{below}{name}", field
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from fields(kind, f"{below}{name}.")


@pytest.mark.parametrize(
    ("name", "field"), list(fields(Config)), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_setting_has_a_description(name: str, field: FieldInfo) -> None:
    assert field.description, name
    assert field.description.endswith("."), name


def test_the_defaults_are_valid_settings() -> None:
    given = Config(watch=(WatchSettings(folder="/a"),)).model_dump()  # type: ignore[arg-type]
    assert Config.model_validate(given).model_dump() == given


def test_settings_can_not_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().note.group = "page"  # type: ignore[misc]
