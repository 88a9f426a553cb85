"""What a settings model has against a config, in the words of the person who wrote it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from connector.errors import Finding
from connector.mapping.nearest import did_you_mean, nearest
from connector.settings import (
    Config,
    CrmSettings,
    FilesSource,
    PartnerCentralSource,
    SettingPath,
    Where,
    finding,
)

SOURCES: Mapping[str, type[BaseModel]] = {"partner_central": PartnerCentralSource, "files": FilesSource}
_SHAPES = {
    "model_type": "must be a mapping of settings, `name: value`",
    "dict_type": "must be a mapping, `name: value`",
    "tuple_type": "must be a list, `[one, two]`",
}


@dataclass(frozen=True, slots=True)
class Context:
    """What explaining an error takes: the values as given, the CRM adapter's settings model where its type is
    known, and ``where(path, key)``, the place of a value or of its name."""

    raw: Mapping[str, Any]
    crm: type[BaseModel] | None
    where: Where


def explain(error: ErrorDetails, path: SettingPath, context: Context) -> Finding:
    """One validation error, which is about the setting at ``path``."""
    name = ".".join(str(part) for part in path)
    match error["type"]:
        case "extra_forbidden":
            return finding(context.where(path, True), f"unknown setting {name}", _instead(path, context))
        case "missing":
            return finding(context.where(path, False), f"{name} is missing", _example(path, context))
        case "union_tag_not_found":
            given = error["input"] if isinstance(error["input"], dict) else {}
            misspelt = next((key for key in given if nearest(str(key), ["type"])), None)
            if misspelt is not None:
                message = f"unknown setting {name}.{misspelt}"
                return finding(context.where((*path, misspelt), True), message, "did you mean type?")
            path = (*path, "type")
            return finding(
                context.where(path, False), f"{name}.type is missing", f"one of {', '.join(SOURCES)}"
            )
        case "union_tag_invalid":
            tag = error["ctx"]["tag"]
            message = f"there is no source type {tag!r}"
            return finding(context.where((*path, "type"), False), message, did_you_mean(str(tag), SOURCES))
    on_key = error["loc"][-1:] == ("[key]",)
    return finding(context.where(path, on_key), f"{name} {_trouble(error)}", _meant(error))


def location(error: ErrorDetails, raw: Any) -> SettingPath:
    """An error's path in the config: without the union's tag and the marks that pydantic puts between."""
    path: list[str | int] = []
    for index, part in enumerate(error["loc"]):
        last = index == len(error["loc"]) - 1
        if part == "[key]" or (path == ["source"] and index == 1 and part in SOURCES):
            continue
        inside = _has(raw, part)
        if inside or last:
            path.append(part)
            raw = raw[part] if inside else None
    return tuple(path)


def _has(raw: Any, part: Any) -> bool:
    if isinstance(raw, dict):
        return part in raw
    return isinstance(raw, list) and isinstance(part, int) and part < len(raw)


def _trouble(error: ErrorDetails) -> str:
    # Never the value itself: it may be a secret in the wrong place.
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] in _SHAPES:
        return _SHAPES[error["type"]]
    message = error["msg"].removeprefix("Input ").replace("should", "must", 1)
    return message[:1].lower() + message[1:]


def _meant(error: ErrorDetails) -> str | None:
    if error["type"] == "literal_error":
        expected = [part.strip("'") for part in _words(error["ctx"]["expected"])]
        meant = nearest(str(error["input"]), expected)
        return f"did you mean {meant}?" if meant else None
    return None


def _words(expected: str) -> list[str]:
    return [word.strip() for part in expected.split(",") for word in part.split(" or ")]


def _instead(path: SettingPath, context: Context) -> str | None:
    model = _model_at(path[:-1], context)
    if model is None:
        return None
    names = [*model.model_fields, *(["type"] if path[:-1] == ("crm",) else [])]
    return did_you_mean(str(path[-1]), names) or f"known here: {', '.join(names)}"


def _example(path: SettingPath, context: Context) -> str | None:
    model = _model_at(path[:-1], context)
    field = model.model_fields.get(str(path[-1])) if model else None
    if field is None or not field.examples:
        return None
    return f"for example `{path[-1]}: {field.examples[0]}`"


def _model_at(path: SettingPath, context: Context) -> type[BaseModel] | None:
    """The model whose fields are the settings at ``path``."""
    if path[:1] == ("source",):
        return _walk(SOURCES.get(context.raw["source"].get("type")), path[1:])
    if path[:1] == ("crm",):
        return _walk(context.crm or CrmSettings, path[1:])
    return _walk(Config, path)


def _walk(model: type[BaseModel] | None, path: SettingPath) -> type[BaseModel] | None:
    for part in path:
        field = model.model_fields.get(str(part)) if model else None
        model = _model_in(field.annotation) if field else None
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
