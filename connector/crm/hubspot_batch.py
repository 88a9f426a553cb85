"""Batches of HubSpot's, which it takes, takes in part, or refuses as a whole for one bad input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connector.crm.hubspot_client import Client
from connector.crm.hubspot_errors import Rejection, broken

Input = Mapping[str, Any]
Answer = Mapping[str, Any]
Place = Callable[[Answer], int | None]  # which input a result or an error is about


def send(
    client: Client,
    function: Callable[..., Any],
    objects: tuple[str, ...],
    inputs: Mapping[int, Input],
    place: Place,
) -> tuple[dict[int, Answer], dict[int, Answer]]:
    """What became of ``inputs``, by their numbers: results, and errors. A batch that is refused is halved
    until the input at fault is alone; so are those of which an answer does not say what became of them. What
    is among neither has landed, by an answer that does not say which of its results is whose.

    Sending an input twice must do no harm. Raises what ``Client.call`` raises, but for Rejection.
    """
    results: dict[int, Answer] = {}
    errors: dict[int, Answer] = {}
    try:
        answer = client.call("write", function, *objects, {"inputs": list(inputs.values())})
    except Rejection as error:
        if len(inputs) == 1:
            return {}, dict.fromkeys(inputs, error.body)
        left = list(inputs)
    else:
        told = _told(answer)
        results = _placed(answer.get("results"), place, inputs)
        errors = _placed(told, place, inputs)
        left = [number for number in inputs if number not in results and number not in errors]
        if left and not told:
            if len(answer["results"]) < len(inputs):
                raise broken("write")
            left = []
        if len(left) == 1:
            unplaced = [error for error in told if place(error) not in inputs]
            errors.update(dict.fromkeys(left, (unplaced or told)[0]))
            left = []
    half = -(-len(left) // 2)
    for part in (left[:half], left[half:]):
        if part:
            more, wrong = send(client, function, objects, {number: inputs[number] for number in part}, place)
            results.update(more)
            errors.update(wrong)
    return results, errors


def _told(answer: Answer) -> list[Answer]:
    errors = answer.get("errors") or []
    if not isinstance(errors, list) or not all(isinstance(error, Mapping) for error in errors):
        raise broken("write")
    return errors


def _placed(answers: Any, place: Place, inputs: Iterable[int]) -> dict[int, Answer]:
    if not isinstance(answers, list) or not all(isinstance(answer, Mapping) for answer in answers):
        raise broken("write")
    found = ((place(answer), answer) for answer in answers)
    return {number: answer for number, answer in found if number is not None and number in inputs}


def context(error: Answer, name: str) -> list[str]:
    """What the ``context`` of an error says under ``name``."""
    said = error.get("context")
    values = said.get(name) if isinstance(said, Mapping) else None
    return [str(value) for value in values] if isinstance(values, list) else []
