"""Sockets without a library on top: the bytes a small client sends, and how it reads the answer."""

import socket
import ssl
import time


def connect(server, tls=False, timeout=10):
    plain = socket.create_connection((server.host, server.port), timeout=timeout)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not tls:
        return plain
    return secure(plain)


def secure(plain, ciphers=None, newest=None, name=None):
    """Goes over to TLS as a board does: it knows no certificate authority, and looks at none.

    An end that was not announced is an error, as it is for the TLS library of many boards.
    """
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    if ciphers:
        trusting.set_ciphers(ciphers)
    if newest:
        trusting.maximum_version = newest
    return trusting.wrap_socket(plain, server_hostname=name, suppress_ragged_eofs=False)


def read_to_end(connection):
    """Reads until the server closes, as HTTP/1.0 clients do; a server that does not is an error."""
    parts = []
    while True:
        part = connection.recv(4096)
        if not part:
            return b"".join(parts)
        parts.append(part)


def read_reply(connection):
    """Reads one answer by its Content-Length and leaves the connection open."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(4096)
        if not part:
            raise EOFError(f"closed after {got!r}")
        got += part
    reply = Reply(got)
    missing = int(reply.header("Content-Length")) - len(reply.body)
    while missing > 0:
        part = connection.recv(missing)
        if not part:
            raise EOFError(f"closed after {got!r}")
        got += part
        missing -= len(part)
    return Reply(got)


def exchange(server, *pieces, tls=False, pause=0.0):
    """Sends the pieces one by one and reads until the server closes."""
    with connect(server, tls) as connection:
        for piece in pieces:
            connection.sendall(piece)
            if pause:
                time.sleep(pause)
        return Reply(read_to_end(connection))


class Reply:
    """An answer as bytes; nothing is decoded, folded or forgiven."""

    def __init__(self, raw):
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        self.status_line, *lines = head.decode("ascii").split("\r\n")
        self.headers = [tuple(line.split(": ", 1)) for line in lines]

    @property
    def status(self):
        return int(self.status_line.split(" ", 2)[1])

    @property
    def text(self):
        return self.body.decode()

    def header(self, name):
        """The header of exactly this spelling."""
        for have, value in self.headers:
            if have == name:
                return value
        return None

    def __repr__(self):
        return repr(self.raw)
