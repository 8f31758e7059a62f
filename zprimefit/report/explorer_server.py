"""The explorer's server: on this machine alone, until Ctrl-C."""

import errno
import signal
import socket
from collections.abc import Callable
from typing import Any, Final

from bokeh.application import Application
from bokeh.application.handlers import FunctionHandler
from bokeh.server.server import Server
from bokeh.settings import settings
from tornado.ioloop import IOLoop

from zprimefit.report.explorer import Explorer
from zprimefit.report.explorer_page import Page
from zprimefit.report.explorer_plane import Plane

HOST: Final = "127.0.0.1"


def free_port(port: int) -> int:
    """The port, or any that is free for 0.

    Raises
    ------
    OSError
        If it is taken or may not be used; says what to do.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # a port whose last server has just ended is free, as the server itself sees it
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            msg = f"port {port} of {HOST} {why}; give another with --port, or --port 0 for any that is free"
            raise OSError(error.errno, msg) from error
        found: int = probe.getsockname()[1]
        return found


def serve(explorer: Explorer, plane: Plane | None, port: int, ready: Callable[[str], None]) -> None:
    """Serve pages until SIGINT or SIGTERM.

    Parameters
    ----------
    explorer, plane : what pages look at.
    port : of 127.0.0.1, free.
    ready : called with the page's address once it can be opened.
    """
    # Whatever the user's environment says of Bokeh: scripts come from here, not from a network.
    settings.resources = "server"
    # and pages of other addresses stay out
    origins = [f"{HOST}:{port}", f"localhost:{port}"]
    settings.allowed_ws_origin = origins

    def fill(document: Any) -> None:
        Page(explorer, plane, document).compute_plane()

    loop = IOLoop()
    loop.make_current()
    server = Server(
        {"/": Application(FunctionHandler(fill))}, io_loop=loop, address=HOST, port=port,
        allow_websocket_origin=origins,
    )  # fmt: skip
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in former:
        signal.signal(number, lambda _number, _frame: loop.add_callback_from_signal(loop.stop))
    try:
        server.start()
        loop.add_callback(ready, f"http://{HOST}:{port}/")
        loop.start()
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        server.unlisten()
        server.stop()
        loop.close()
