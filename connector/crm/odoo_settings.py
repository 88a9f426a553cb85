"""What config's ``crm:`` says for ``type: odoo``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from connector.crm.setting_types import Address, Proxy, Seconds, Secret, Text


class Settings(BaseModel):
    """Times in seconds. ``password``: the user's, or an API key of the user's, which is better.

    ``protocol``: ``jsonrpc`` for Odoo 14 to 19; ``json2``, which begins with Odoo 19, takes API keys only.
    ``scan_rows``: up to so many records are read whole to compare their titles; of more, only those that may
    be equal are asked for.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    url: Address = Field(examples=["https://acme.odoo.com"])
    database: Text = Field(examples=["acme"])
    username: Text = Field(examples=["connector@acme.example"])
    password: Secret = Field(examples=["env:ODOO_API_KEY"])
    protocol: Literal["jsonrpc", "json2"] = "jsonrpc"
    ca_bundle: str | None = None
    verify_ssl: bool = True
    proxy: Proxy | None = Field(default=None, repr=False)
    connect_timeout: Seconds = 10.0
    read_timeout: Seconds = 120.0
    scan_rows: Annotated[int, Field(ge=0)] = 10_000
