import pytest

# So that a failure shows the values that it is about.
pytest.register_assert_rewrite(
    "connector.crm.contract",
    "connector.crm.contract_base",
    "connector.crm.contract_titles",
    "connector.crm.contract_values",
)
