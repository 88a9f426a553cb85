"""Tests against a real Odoo."""
