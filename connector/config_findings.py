"""What a settings model has against a config, in the words of the person who wrote it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from connector.errors import Finding
from connector.mapping.nearest import did_you_mean, nearest
from connector.sections import CrmSettings, FilesSource, PartnerCentralSource
from connector.settings import Config, SettingPath, Where, finding

SOURCES: Mapping[str, type[BaseModel]] = {"partner_central": PartnerCentralSource, "files": FilesSource}
_SHAPES = {
    "model_attributes_type": "must be a mapping of settings, `name: value`",
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
            tag = error["ctx"]["discriminator"].strip("'")
            given = error["input"] if isinstance(error["input"], dict) else {}
            misspelt = next((key for key in given if nearest(str(key), [tag])), None)
            if misspelt is not None:
                message = f"unknown setting {name}.{misspelt}"
                return finding(context.where((*path, misspelt), True), message, f"did you mean {tag}?")
            choices = f"one of {', '.join(_choices(path, context))}"
            return finding(context.where((*path, tag), False), f"{name}.{tag} is missing", choices)
        case "union_tag_invalid":
            given, tag = error["ctx"]["tag"], error["ctx"]["discriminator"].strip("'")
            message = f"there is no {path[-1]} {tag} {given!r}"
            hint = did_you_mean(str(given), _choices(path, context))
            return finding(context.where((*path, tag), False), message, hint)
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
    raw = context.raw.get(str(path[0])) if path else None
    if path[:1] == ("source",):
        return _walk(SOURCES.get(context.raw["source"].get("type")), path[1:], raw)
    if path[:1] == ("crm",):
        return _walk(context.crm or CrmSettings, path[1:], raw)
    return _walk(Config, path, context.raw)


def _walk(model: type[BaseModel] | None, path: SettingPath, raw: Any) -> type[BaseModel] | None:
    for part in path:
        field = model.model_fields.get(str(part)) if model else None
        raw = raw.get(part) if isinstance(raw, dict) else None
        model = _meant_of(list(_models_in(field.annotation)), raw) if field else None
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _meant_of(models: Sequence[type[BaseModel]], raw: Any) -> type[BaseModel] | None:
    """Of the models that a setting may have, the one with the tag that ``raw`` has (``flow: jwt``), or the
    first."""
    given = {value for value in raw.values() if isinstance(value, str)} if isinstance(raw, dict) else set()
    tagged = (model for model in models if given.intersection(_tags(model)))
    return next(tagged, models[0] if models else None)


def _tags(model: type[BaseModel]) -> Iterator[str]:
    """What tells ``model`` from others: the one value that a field of it may have."""
    for field in model.model_fields.values():
        if get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1:
            yield str(get_args(field.annotation)[0])


def _choices(path: SettingPath, context: Context) -> Sequence[str]:
    """The tags of the models that the setting at ``path`` may have."""
    if path == ("source",):
        return list(SOURCES)
    model = _model_at(path[:-1], context)
    field = model.model_fields.get(str(path[-1])) if model else None
    models = _models_in(field.annotation) if field else ()
    return [tag for each in models for tag in _tags(each)]
