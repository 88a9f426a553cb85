"""What Odoo has methods of its own for: leads become opportunities and are lost by these, which also set
dates, stage and probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.crm.odoo_client import Client
from connector.crm.odoo_errors import is_of_records, refusal
from connector.crm.odoo_read import Reader
from connector.errors import ServiceError
from connector.records import WriteResult

LEAD = "crm.lead"


class Moves:
    """Calls over ``client``."""

    def __init__(self, client: Client, reader: Reader) -> None:
        self._client = client
        self._reader = reader

    def make(self, cells: Mapping[int, dict[str, str]]) -> dict[int, WriteResult]:
        """Convert those leads that are to be opportunities, and lose those that are to be archived.
        ``cells``: by id, what is about to be loaded into each, to which is added what a conversion would
        empty. Results for those that Odoo refuses to move."""
        wanted = [id_ for id_, its in cells.items() if {"type", "active"} & its.keys()]
        there = self._reader.rows(LEAD, wanted, ["type", "partner_id", "active"])
        leads = [
            id_
            for id_, before in there.items()
            if before.get("type") == "lead" and cells[id_].get("type") == "opportunity"
        ]
        refused = self._each("convert", "convert_opportunity", leads, partner=False)
        for id_ in leads:
            if there[id_].get("partner_id"):  # which it empties, told of no other
                cells[id_].setdefault("partner_id/.id", str(there[id_]["partner_id"][0]))
        lost = [
            id_
            for id_, before in there.items()
            if before.get("active") and cells[id_].get("active") == "0" and id_ not in refused
        ]
        return refused | self._each("lose", "action_set_lost", lost)

    def _each(
        self, operation: str, method: str, leads: Sequence[int], **named: Any
    ) -> dict[int, WriteResult]:
        """Call ``method`` on all of ``leads``; where one is refused, on each by itself. Results for those
        that Odoo refuses."""
        if not leads:
            return {}
        try:
            self._client.call(operation, LEAD, method, ids=leads, **named)
        except ServiceError as error:
            if not is_of_records(error):
                raise
            if len(leads) == 1:
                return {leads[0]: refusal(error)}
        else:
            return {}
        alone = (self._each(operation, method, [lead], **named) for lead in leads)
        return {id_: why for refused in alone for id_, why in refused.items()}
