"""What starts first. A Ctrl-C while everything else is being loaded ends the process as SIGTERM does, without
the traceback of an import that was not finished."""

import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored, as in the background
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> None:
    """The console script."""
    from connector.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
