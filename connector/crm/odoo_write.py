"""How records are written to Odoo: many in one ``load``, which makes or updates each by its external id.

``load`` is Odoo's own import. An external id is unique in the database, so that of two writers at once one
makes the record and the other is told to come again; searching and then creating would make two.
https://www.odoo.com/documentation/14.0/developer/reference/addons/orm.html (``load``)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.crm import fit
from connector.crm.odoo_client import Client
from connector.crm.odoo_describe import KEY, Models
from connector.crm.odoo_errors import broken, is_forbidden, is_of_records, refusal, row_error
from connector.crm.odoo_moves import LEAD, Moves
from connector.crm.odoo_read import Reader
from connector.crm.odoo_values import LONGEST_KEY, MODULE, external_name, ids, to_cell
from connector.errors import RefusedError, ServiceError, TransientError
from connector.records import CoercionError, FieldMeta, Value, Write, WriteResult

# The connector is nobody's colleague: it follows no record, and tells nobody that it was given one.
# What `load` complains of is read in English.
_CONTEXT = {
    "tz": "UTC",
    "lang": "en_US",
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
}
_ARCHIVED_TOO = {**_CONTEXT, "active_test": False}

_MAY_NOT_CLAIM = WriteResult(
    error="the connector's user may not give a record an external id (Administration: Access Rights)",
    field=KEY,
    code="forbidden",
)


class _Unclear(Exception):
    """Rows were not loaded because of one of them, and it is not said which."""


@dataclass(slots=True)
class _Row:
    """One write on its way. ``record``: the id of the record that is there already; ``claim``: it has no key
    yet, and is to get this one; ``cells``: what ``load`` is given, by its column."""

    write: Write
    record: int | None
    claim: bool = False
    values: dict[str, Value] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return external_name(self.write.object, self.write.key)


class Writer:
    """Writes over ``client``; one object at a time."""

    def __init__(self, client: Client, models: Models, reader: Reader) -> None:
        self._client = client
        self._models = models
        self._reader = reader
        self._moves = Moves(client, reader)

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """See ``Crm.write``."""
        results: dict[int, WriteResult] = {}
        for turn in _turns(writes):
            results.update(self._write({number: writes[number] for number in turn}))
        return [results[number] for number in range(len(writes))]

    def _write(self, writes: Mapping[int, Write]) -> dict[int, WriteResult]:
        """Writes that are each about a record of its own."""
        object = next(iter(writes.values())).object
        fields = self._models.fields(object)
        results, rows = self._met(object, writes)
        for number, row in list(rows.items()):
            unfit = self._fit(row, fields)
            if unfit:
                results[number] = unfit
                del rows[number]
        results.update(self._choose(fields, rows))
        results.update(self._claim(object, rows))
        for number in results:
            rows.pop(number, None)
        for row in rows.values():
            self._fill(row, fields)
        if object == LEAD:
            cells = {row.record: row.cells for row in rows.values() if row.record}
            refused = self._moves.make(cells)
            results.update((n, refused[row.record]) for n, row in rows.items() if row.record in refused)
            rows = {number: row for number, row in rows.items() if number not in results}
        groups: dict[frozenset[str], dict[int, _Row]] = defaultdict(dict)
        for number, row in rows.items():
            groups[frozenset(row.cells)][number] = row
        for group in groups.values():
            results.update(self._load(object, fields, group))
        return results

    def _met(
        self, object: str, writes: Mapping[int, Write]
    ) -> tuple[dict[int, WriteResult], dict[int, _Row]]:
        """Each write with the record that it meets; results for those that may not have theirs."""
        by_key = self._reader.by_key(object, {write.key for write in writes.values()})
        asked = ids(write.id for write in writes.values() if write.id)
        there = self._reader.rows(object, asked, [])
        owners = self._reader.keys(object, there)
        results: dict[int, WriteResult] = {}
        rows: dict[int, _Row] = {}
        for number, write in writes.items():
            known = by_key.get(write.key)
            wanted = next(iter(ids([write.id])), 0) if write.id else known
            if write.key_field != KEY:
                raise RefusedError(
                    f"{object}.{write.key_field} is no key: {KEY} is", service="odoo", operation="write"
                )
            if write.id and wanted not in there:
                results[number] = fit.gone()
            elif write.id and known != wanted and wanted in owners:
                results[number] = fit.claimed(KEY)
            elif write.id and known not in (None, wanted):
                results[number] = fit.duplicate(KEY)
            else:
                rows[number] = _Row(write, wanted, claim=wanted is not None and known is None)
        return results, rows

    def _fit(self, row: _Row, fields: Mapping[str, FieldMeta]) -> WriteResult | None:
        """Put the values that fit into ``row``; what is wrong with the first that does not."""
        if not row.write.key:
            return fit.required(KEY)
        if len(row.name) > LONGEST_KEY:
            return WriteResult(error="too long for an external id", field=KEY, code="unfit")
        for name, value in row.write.fields.items():
            meta = fields.get(name)
            if meta is None:
                raise RefusedError(
                    f"{row.write.object} has no field {name}", service="odoo", operation="write"
                )
            try:
                fitted = fit.fitted(value, meta)
            except CoercionError as error:
                return fit.unfit(name, error)
            if meta.reference_to and fitted is not None and not ids([fitted]):
                return fit.lost_reference(name, meta.reference_to[0])
            row.values[name] = fitted
        for name, meta in fields.items():
            if meta.required and (row.record is None or name in row.values) and row.values.get(name) is None:
                return fit.required(name)
        return None

    def _choose(self, fields: Mapping[str, FieldMeta], rows: Mapping[int, _Row]) -> dict[int, WriteResult]:
        """Turn ``stage_id.name`` into the id of the stage; results for those that have no such stage."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for row in rows.values():
            for name, value in row.values.items():
                if "." in name and value is not None:
                    wanted[name].add(str(value))
        results: dict[int, WriteResult] = {}
        found: dict[str, dict[str, int]] = {}
        for name, values in wanted.items():
            head, _, by = name.partition(".")
            found[name] = self._reader.named(fields[head].reference_to[0], by, values)
        for number, row in rows.items():
            for name in [name for name in row.values if "." in name]:
                head = name.partition(".")[0]
                value = row.values.pop(name)
                chosen = found[name].get(str(value)) if value is not None else None
                if value is not None and chosen is None:
                    results[number] = fit.lost_reference(name, fields[head].reference_to[0])
                row.values[head] = str(chosen) if chosen else None
        return results

    def _claim(self, object: str, rows: Mapping[int, _Row]) -> dict[int, WriteResult]:
        """Give records that a person made their keys; results for those that have another by now."""
        claims = {number: row for number, row in rows.items() if row.claim}
        if not claims:
            return {}
        columns = ["module", "name", "model", "res_id"]
        cells = [[MODULE, row.name, object, str(row.record)] for row in claims.values()]
        answer = self._client.call(
            "claim", "ir.model.data", "load", context=_CONTEXT, fields=columns, data=cells
        )
        if not _ids(answer, len(cells)):
            if is_forbidden(answer):
                return dict.fromkeys(claims, _MAY_NOT_CLAIM)
            # All of them at once, or none: somebody has one of the keys by now, and it is looked up anew.
            raise TransientError(
                "another writer was faster", service="odoo", operation="claim", code="CLAIMED"
            )
        owners = self._reader.keys(object, [row.record or 0 for row in claims.values()])
        return {
            number: fit.claimed(KEY)
            for number, row in claims.items()
            if owners.get(row.record or 0) != fit.plain_text(row.write.key)
        }

    def _fill(self, row: _Row, fields: Mapping[str, FieldMeta]) -> None:
        markup = self._models.html[row.write.object]
        row.cells["id"] = f"{MODULE}.{row.name}"
        for name, value in row.values.items():
            column = f"{name}/.id" if fields[name].reference_to else name
            row.cells[column] = to_cell(value, markup=name in markup)

    # -- load

    def _load(
        self, object: str, fields: Mapping[str, FieldMeta], rows: Mapping[int, _Row]
    ) -> dict[int, WriteResult]:
        """Load ``rows``, which have the same columns; where nobody says which of them breaks something, each
        half by itself, until it is found."""
        try:
            return self._load_together(object, fields, rows)
        except _Unclear:
            pass
        except ServiceError as error:
            if not is_of_records(error) or error.code == "AccessError":  # the latter is of all alike
                raise
            if len(rows) == 1:
                return {number: refusal(error) for number in rows}
        first, rest = list(rows)[: len(rows) // 2], list(rows)[len(rows) // 2 :]
        return {
            **self._load(object, fields, {number: rows[number] for number in first}),
            **self._load(object, fields, {number: rows[number] for number in rest}),
        }

    def _load_together(
        self,
        object: str,
        fields: Mapping[str, FieldMeta],
        rows: Mapping[int, _Row],
        context: Mapping[str, Any] = _CONTEXT,
    ) -> dict[int, WriteResult]:
        """Load ``rows``, which have the same columns. It takes all or none: those it complains of are left
        out, each with its reason, and the others loaded again."""
        left = dict(rows)
        results: dict[int, WriteResult] = {}
        while left:
            numbers, columns = list(left), list(next(iter(left.values())).cells)
            cells = [[row.cells[column] for column in columns] for row in left.values()]
            answer = self._client.call("write", object, "load", context=context, fields=columns, data=cells)
            made = _ids(answer, len(cells))
            if made:
                results.update(
                    (number, WriteResult(str(id_))) for number, id_ in zip(numbers, made, strict=True)
                )
                break
            for place, message in _complaints(answer, len(cells)).items():
                row = left.pop(numbers[place])
                results[numbers[place]] = row_error(message, fields, list(row.values.values()))
        unseen = {number: rows[number] for number, result in results.items() if result.code == "reference"}
        if unseen and context is _CONTEXT:
            # A customer whom sales has archived is one that it does not see unless told to.
            results.update(self._load_together(object, fields, unseen, _ARCHIVED_TOO))
        return results


def _turns(writes: Sequence[Write]) -> list[list[int]]:
    """The writes by number, in turns: two to one record are in different ones, the earlier first."""
    turns: list[list[int]] = []
    seen: dict[tuple[str, str], int] = {}
    for number, write in enumerate(writes):
        about = [("key", fit.plain_text(write.key)), *([("id", write.id)] if write.id else [])]
        turn = max((seen[name] + 1 for name in about if name in seen), default=0)
        seen.update(dict.fromkeys(about, turn))
        turns.extend([] for _ in range(turn + 1 - len(turns)))
        turns[turn].append(number)
    return turns


def _ids(answer: Any, count: int) -> list[int] | None:
    """The ids in an answer of ``load``, if it has loaded; raises TransientError for one that is not whole."""
    if not isinstance(answer, Mapping) or "ids" not in answer:
        raise broken("write")
    found = answer["ids"]
    if isinstance(found, list) and len(found) == count and all(isinstance(id_, int) for id_ in found):
        return found
    return None


def _complaints(answer: Mapping[str, Any], count: int) -> dict[int, Mapping[str, Any]]:
    """By place of the row, what ``load`` says of it first. Raises TransientError for nothing said, _Unclear
    where no row is named.

    Later releases begin with what the rows together met, as if it were the first row's: of several that are
    complained of, the one of the first message is believed when it is still complained of without the others.
    """
    found: dict[int, Mapping[str, Any]] = {}
    told = (message for message in answer.get("messages") or () if isinstance(message, Mapping))
    errors = [message for message in told if message.get("type") == "error"]
    for message in errors:
        rows = message.get("rows")
        place = message.get("record", rows.get("from") if isinstance(rows, Mapping) else None)
        if count == 1:
            place = 0
        if isinstance(place, int) and place in range(count):
            found.setdefault(place, message)
    if len(found) > 1:
        del found[next(iter(found))]
    if not found and errors and count > 1:
        raise _Unclear
    if not found:
        raise TransientError("not loaded, and not said why", service="odoo", operation="write")
    return found
