"""Customers' data in the ledger, encrypted at rest where the config gives a key (``ledger.encryption_key``).

``ledger_tables`` marks the columns. What is only read is a Fernet token (AES-128-CBC with HMAC-SHA256,
https://github.com/fernet/spec). A record's key is looked up, so that equal ones have to look equal: these are
AES-SIV (RFC 5297), by a key that is derived from the Fernet key; whoever reads the file learns that two
records have the same key, and nothing else of it.

A ledger is encrypted by one key in all its rows, or in none: which, is told by a token in ``about``. Nothing
is guessed from a value's look, which a customer may choose.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from connector.errors import ConfigurationError
from connector.ledger_schema import damaged
from connector.ledger_tables import LOOKED_UP, PROTECTED

_PROOF = "crm-connector ledger"  # what the token in ``about`` says
_EMPTY = ("", "[]", "{}")  # texts that say nothing are left as they are
SETTING = "ledger.encryption_key"


class Cipher:
    """By one Fernet key. Raises ValueError for a text that is none."""

    def __init__(self, key: str) -> None:
        from cryptography.fernet import Fernet  # takes longer to load than a ledger without a key should
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        self._fernet = Fernet(key)
        derived = HKDF(SHA256(), 64, None, b"crm-connector ledger: keys of records")
        self._siv = AESSIV(derived.derive(base64.urlsafe_b64decode(key)))

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode()

    def decrypt(self, token: str) -> str:
        return self._fernet.decrypt(token).decode("utf-8", "surrogatepass")

    def encrypt_same(self, text: str) -> str:
        """The same for the same text."""
        sealed = self._siv.encrypt(text.encode("utf-8", "surrogatepass"), None)
        return base64.urlsafe_b64encode(sealed).decode()

    def decrypt_same(self, token: str) -> str:
        return self._siv.decrypt(base64.urlsafe_b64decode(token), None).decode("utf-8", "surrogatepass")

    def proof(self) -> str:
        """A token by which ``opens`` knows this key."""
        return self.encrypt(_PROOF)

    def opens(self, proof: str) -> bool:
        from cryptography.fernet import InvalidToken

        try:
            return self.decrypt(proof) == _PROOF
        except InvalidToken:
            return False


def ciphers(text: str) -> list[Cipher]:
    """Those of the keys in ``text``, which white space or commas part: the one to encrypt by, then earlier
    ones; none where it is empty. Raises ConfigurationError when one is no key, or there is none in it."""
    keys = [key for key in re.split(r"[\s,]+", text) if key]
    try:
        if text and not keys:
            raise ValueError
        return [Cipher(key) for key in keys]
    except ValueError:
        raise ConfigurationError(
            f"{SETTING}: what it refers to is no key", hint="`crm-connector ledger key` makes one"
        ) from None


def cipher_of(proof: str | None, known: Sequence[Cipher]) -> Cipher | None:
    """That of a ledger with this ``proof`` in it; None for one that is not encrypted. Raises
    ConfigurationError when none of the ``known`` opens it."""
    if proof is None:
        return None
    if not known:
        message = f"the ledger is encrypted, and {SETTING} is not set"
        raise ConfigurationError(
            message, hint="give its key as env:NAME, file:path or keyring:SERVICE/USERNAME"
        )
    found = next((cipher for cipher in known if cipher.opens(proof)), None)
    if found is None:
        raise ConfigurationError(
            f"{SETTING} is not the key of this ledger",
            hint="after a new key give the earlier one too, with a comma between; nothing has been changed",
        )
    return found


def marked(columns: Iterable[Any]) -> list[tuple[str, str]]:
    """Of these columns, those with customers' data: name and mark."""
    marks = ((column.name, getattr(column, "info", {}).get("data")) for column in columns)
    return [(name, mark) for name, mark in marks if mark]


def encrypted(cipher: Cipher | None, table: sa.Table, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row as it is written; parts of rows, too."""
    if cipher is None:
        return row
    ways = {PROTECTED: cipher.encrypt, LOOKED_UP: cipher.encrypt_same}
    return _changed(row, [(name, ways[mark]) for name, mark in marked(table.columns)])


def decrypted(
    cipher: Cipher | None, columns: Iterable[Any], rows: Sequence[Mapping[Any, Any]]
) -> list[dict[str, Any]]:
    """Rows as they are read, by the columns that were asked for. Raises UsageError for one that is not as it
    was written."""
    if cipher is None:
        return [dict(row) for row in rows]
    ways = {PROTECTED: cipher.decrypt, LOOKED_UP: cipher.decrypt_same}
    how = [(name, ways[mark]) for name, mark in marked(columns)]
    from cryptography.exceptions import InvalidTag
    from cryptography.fernet import InvalidToken

    try:
        return [_changed(row, how) for row in rows]
    except (InvalidToken, InvalidTag, ValueError):
        raise damaged() from None


def _changed(row: Mapping[Any, Any], how: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    changed = dict(row)
    for name, change in how:
        text = changed.get(name)
        if text is not None and text not in _EMPTY:
            changed[name] = change(text)
    return changed
