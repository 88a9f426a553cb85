"""What config's ``crm:`` says for ``type: hubspot``."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from connector.crm.setting_types import Address, Proxy, Seconds, Secret, number

API_URL = "https://api.hubapi.com"


class Settings(BaseModel):
    """Times in seconds. ``access_token``: a service key of the account, or the token of an app.

    ``searches_per_second``: what HubSpot permits an account, all of its apps together. ``scan_rows``: up to
    so many records are read whole to compare their titles; of more, those that may be equal are searched for.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    access_token: Secret = Field(examples=["env:HUBSPOT_ACCESS_TOKEN"])
    url: Address = API_URL
    ca_bundle: str | None = None
    verify_ssl: bool = True
    proxy: Proxy | None = Field(default=None, repr=False)
    connect_timeout: Seconds = 10.0
    read_timeout: Seconds = 60.0
    searches_per_second: Annotated[float, BeforeValidator(number), Field(gt=0, le=100)] = 4.0
    scan_rows: Annotated[int, Field(ge=0)] = 2_000
