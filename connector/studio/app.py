"""Serves the studio at 127.0.0.1, to the one browser that has its token."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from nicegui import app, ui

from connector.cli.failures import whereabouts
from connector.cli.options import Options
from connector.interrupts import hear_hangup
from connector.studio import invitations, mapping, plan, review, runs, timeline
from connector.studio.frame import Studio
from connector.studio.guard import Guard, leading_to
from connector.studio.patience import Patience

# A page that has not been heard of for longer is loaded anew, without what was typed and not saved: that a
# machine is busy, or was asleep for a moment, is no reason.
RECONNECT_SECONDS = 60.0


def serve(options: Options, port: int, *, browse: bool, started: Callable[[str], None]) -> None:
    """Serve until Ctrl-C, or until the terminal closes. ``port`` 0 takes a free one; ``started`` is told
    the address that opens the studio. Raises OSError when the port is taken."""
    hear_hangup()  # or the plan's file and the browser's would stay
    listening = socket.create_server(("127.0.0.1", port))
    port = listening.getsockname()[1]
    token = secrets.token_urlsafe(24)
    studio = Studio(options)
    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for module in (mapping, plan, review, invitations, timeline, runs):
        module.register(studio)
    app.on_shutdown(studio.commands.stop)
    logging.getLogger("nicegui").addFilter(without_words)
    ui.run_with(
        web,
        title="Studio",
        language="en-US",
        reconnect_timeout=RECONNECT_SECONDS,
        tailwind=False,
        show_welcome_message=False,
    )
    guard = Guard(web, port, token)
    address = f"http://127.0.0.1:{port}{guard.path}/?token={token}"
    started(address)
    settings = uvicorn.Config(
        guard,
        log_config=None,  # its own would print tracebacks, whose words may be customers' data
        log_level="error",
        server_header=False,
        timeout_graceful_shutdown=2,
        timeout_notify=1,  # seconds
    )
    with listening, _browser(address) if browse else contextlib.nullcontext():
        server = uvicorn.Server(settings)
        settings.callback_notify = Patience(server.server_state.connections)
        server.run(sockets=[listening])


def without_words(record: logging.LogRecord) -> bool:
    """As a filter of logs: an exception's own words may be customers' data; where it arose is not."""
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        record.msg, record.args = "this is a bug in crm-connector: %s", (whereabouts(error),)
    return True


@contextlib.contextmanager
def _browser(address: str) -> Iterator[None]:
    """Have the browser open ``address`` by way of a file that only this user can read: among the arguments of
    the browser's process, the token would be there for all accounts of the machine to see. The file is in
    their home, since a browser that is a snap or a flatpak sees no other place."""
    home = Path.home()
    folder = home if os.access(home, os.W_OK) else None
    with tempfile.NamedTemporaryFile(
        "w", prefix="crm-connector-", suffix=".html", dir=folder
    ) as page:  # 0600
        page.write(leading_to(address))
        page.flush()
        webbrowser.open(Path(page.name).as_uri())
        yield
