import pytest

pytest.register_assert_rewrite(
    "connector.crm.contract",
    "connector.crm.contract_base",
    "connector.crm.contract_titles",
    "connector.crm.contract_values",
)

from tests.postgresql import postgresql, postgresql_url  # noqa: E402

__all__ = ["postgresql", "postgresql_url"]
