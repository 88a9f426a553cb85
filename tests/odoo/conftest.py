import pytest

pytest.register_assert_rewrite(
    "connector.crm.contract",
    "connector.crm.contract_base",
    "connector.crm.contract_titles",
    "connector.crm.contract_values",
)

from tests.odoo.server import odoo  # noqa: E402

__all__ = ["odoo"]
