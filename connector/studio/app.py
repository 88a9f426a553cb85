"""Serves the studio at 127.0.0.1, to the one browser that has its token."""

from __future__ import annotations

import secrets
import socket
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from nicegui import app, ui

from connector.cli.options import Options
from connector.studio import invitations, mapping, plan, review, runs, timeline
from connector.studio.frame import Studio
from connector.studio.guard import Guard


def serve(options: Options, port: int, *, browse: bool, started: Callable[[str], None]) -> None:
    """Serve until Ctrl-C. ``port`` 0 takes a free one; ``started`` is told the address that opens the studio.
    Raises OSError when the port is taken."""
    listening = socket.create_server(("127.0.0.1", port))
    port = listening.getsockname()[1]
    token = secrets.token_urlsafe(24)
    studio = Studio(Path(options.config) if options.config else None, options)
    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for module in (mapping, plan, review, invitations, timeline, runs):
        module.register(studio)
    app.on_shutdown(studio.commands.stop)
    ui.run_with(web, title="Studio", language="en-US", tailwind=False, show_welcome_message=False)
    address = f"http://127.0.0.1:{port}/?token={token}"
    started(address)
    if browse:
        webbrowser.open(address)
    settings = uvicorn.Config(
        Guard(web, port, token), log_level="error", server_header=False, timeout_graceful_shutdown=2
    )
    with listening:
        uvicorn.Server(settings).run(sockets=[listening])
