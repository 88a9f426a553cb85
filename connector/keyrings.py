"""Secrets of the operating system's keyring (macOS Keychain, Windows Credential Locker, Secret Service), over
the ``keyring`` library (https://pypi.org/project/keyring), which has to be installed for it."""

from __future__ import annotations

import queue
import sys
import threading

from connector.errors import ConfigurationError

PATIENCE = 20.0  # seconds; a keyring that nobody unlocks would be waited for without end


def get_secret(service: str, user: str, setting: str) -> str:
    """The password of ``user`` at ``service``. Where nobody sits at a terminal, a keyring that asks for its
    own password is given up. Raises ConfigurationError, naming the ``setting`` that refers to it, when the
    secret cannot be had."""
    try:
        import keyring
    except ModuleNotFoundError:
        raise ConfigurationError(
            f"{setting}: keyring: needs a library that is not installed",
            hint="pip install 'partner-central-crm-connector[keyring]'",
        ) from None
    answers: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(keyring.get_password(service, user))
        except Exception as error:  # a backend raises what it likes; the one who waits is told
            answers.put(error)

    attended = sys.stdin is not None and sys.stdin.isatty()
    threading.Thread(target=ask, name="keyring", daemon=True).start()
    try:
        answer = answers.get(timeout=None if attended else PATIENCE)
    except queue.Empty:
        message = f"{setting}: the keyring did not answer for {PATIENCE:.0f} seconds"
        raise ConfigurationError(message, hint="unlock it, or use env: or file: in unattended runs") from None
    if isinstance(answer, Exception):  # whose own words may hold anything
        message = f"{setting}: the keyring cannot be read: {type(answer).__name__}"
        hint = "`keyring diagnose` says which keyring is used; a service has none: use env: or file: there"
        raise ConfigurationError(message, hint=hint)
    if answer is None:
        message = f"{setting}: the keyring has no password of {user} for {service}"
        raise ConfigurationError(message, hint=f"keyring set {service} {user}")
    return answer
