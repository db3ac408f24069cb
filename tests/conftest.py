"""What holds for every test, and for the processes that tests start."""

import signal


def pytest_configure() -> None:
    """Hear the signals again that whoever started the tests may have had ignored.

    A shell ignores Ctrl-C for what it runs in the background, `nohup` a closed
    terminal, and a program passes that on to what it starts: tests send these signals.
    """
    for name, handler in (
        ("SIGINT", signal.default_int_handler),
        ("SIGHUP", signal.SIG_DFL),
        ("SIGTERM", signal.SIG_DFL),
    ):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
