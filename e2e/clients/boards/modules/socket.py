"""TCP sockets. They are real: each leads through the world to the server."""

import _board
import binascii

AF_INET, SOCK_STREAM = 2, 1


def getaddrinfo(host, port, family=0, kind=0, protocol=0, flags=0):
    return [(AF_INET, SOCK_STREAM, 0, "", (host, port))]


class socket:
    def __init__(self, family=AF_INET, kind=SOCK_STREAM, protocol=0):
        self.number = None
        self.timeout = None

    def settimeout(self, seconds):
        self.timeout = seconds

    def connect(self, address):
        self.number = _board.call("connect", address[0], address[1], self.timeout)

    def secure(self):
        """Goes over to TLS and asks for no proof, as MicroPython does by default."""
        _board.call("secure", self.number)

    def write(self, data):
        if isinstance(data, str):
            data = data.encode()
        _board.call("write", self.number, binascii.b2a_base64(data).decode())

    def readline(self):
        return binascii.a2b_base64(_board.call("readline", self.number).encode())

    def read(self, size=-1):
        return binascii.a2b_base64(_board.call("read", self.number, size).encode())

    def close(self):
        if self.number is not None:
            _board.call("close", self.number)
            self.number = None
