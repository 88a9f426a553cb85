"""Partner Central CRM Connector: AWS engagement invitations into a CRM, by a declarative mapping.

The words, each with one meaning:

- An *invitation* is an AWS Partner Central engagement invitation; it belongs to an *engagement*. Once
  accepted, AWS holds an *opportunity* for it.
- A *record* is a row of the CRM: a *lead*, *opportunity*, *account*, *contact* or contact role.
  Records live in *objects* (Salesforce's word; tables, for SQL).
- A *mapping* is the YAML file that says which records an invitation becomes. Its ``records`` are *rules*;
  what a rule makes of one invitation is a *desired* record.
- A *match* answers which existing record a desired one is: ``Matched``, ``NotFound`` or ``Ambiguous``.
- A *change* is the difference of a desired record and the CRM's, field by field, each with its reason; a
  *plan* is an invitation's changes. Applying a plan gives an *outcome*.
- A *decision* accepts or rejects an invitation, or converts an accepted lead into an AWS opportunity
  (``decisions.py``); what is to be decided about is *proposed* first.
- The *ledger* remembers what has been done. A *run* is one execution of ``sync``, ``backfill`` or ``apply``.

One invitation walks through the package top-down, and ``sync.py`` calls the stages in that order:

1. ``fetch/``        invitations come in: ``partner_central`` (boto3) or ``files``
2. ``invitation.py`` the raw answer, typed
3. ``map.py``        invitation + ``mapping/`` -> desired records
4. ``match.py``      which existing record is meant
5. ``plan.py``       desired against current -> changes
6. ``apply.py``      the only writer, into a ``crm/``
7. ``ledger.py``     what has been done
"""

__version__ = "0.1.0"
