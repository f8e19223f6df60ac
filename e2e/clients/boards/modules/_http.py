"""What the HTTP modules of older and of today's firmware have in common: all but the head of a request.

A stand-in of our own: the bytes on the wire, their many small pieces, and the rules by which an
answer is read are those of the modules in the firmware; redirects, authentication and streams, which
no program here uses, are left out.
"""

import socket


class Response:
    def __init__(self, raw, status_code, reason):
        self.raw, self.status_code, self.reason = raw, status_code, reason
        self._content = None

    @property
    def content(self):
        if self._content is None:
            try:
                self._content = self.raw.read()
            finally:
                self.close_raw()
        return self._content

    @property
    def text(self):
        return self.content.decode()

    def json(self):
        import json

        return json.loads(self.content)

    def close_raw(self):
        if self.raw:
            self.raw.close()
            self.raw = None

    def close(self):
        self.close_raw()
        self._content = None


def request(head, method, url, data=None, json=None, headers=None, timeout=None):
    scheme, _, host, path = url.split("/", 3)
    port = {"http:": 80, "https:": 443}[scheme]
    connection = socket.socket()
    connection.settimeout(timeout)
    name = host
    if ":" in host:
        name, port = host.split(":", 1)
    try:
        connection.connect(socket.getaddrinfo(name, int(port))[0][-1])
        if scheme == "https:":
            connection.secure()
        if json is not None:
            from json import dumps

            data = dumps(json)
        for piece in head(method, path, name, data, json is not None, headers or {}):
            connection.write(piece)
        if data:
            connection.write(data)
        status, reason = answer(connection)
    except OSError:
        connection.close()
        raise
    return Response(connection, status, reason)


def answer(connection):
    """Reads the status line and the headers; what the module cannot read is the error it raises."""
    words = connection.readline().split(None, 2)
    status = int(words[1])
    reason = words[2].rstrip() if len(words) > 2 else b""
    while True:
        line = connection.readline()
        if not line or line == b"\r\n":
            return status, reason
        if line.startswith(b"Transfer-Encoding:") and b"chunked" in line:
            raise ValueError("Unsupported " + line.decode())
        if line.startswith(b"Location:") and not 200 <= status <= 299:
            raise NotImplementedError("Redirects not yet supported")
