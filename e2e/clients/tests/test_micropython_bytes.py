"""The bytes of MicroPython's HTTP module, as boards flashed in 2020 send them and as today's do.

Both write a request in many small pieces, ignore the certificate, and read the answer to the end of
the connection. The old one speaks HTTP/1.0, and says Content-Type twice when a sketch gives both
`json=` and `headers=`.
"""

import json
import ssl
import unittest

from harness.fieldpost import server
from harness.wire import connect, read_to_end, secure


class Board2020:
    """`urequests` as frozen into the firmware of 2020."""

    def __init__(self, host="api.thingspeak.com"):
        self.host = host

    def request(self, method, path, json_body=None, headers=None):
        yield f"{method} /{path} HTTP/1.0\r\n".encode()
        yield f"Host: {self.host}\r\n".encode()
        for name, value in (headers or {}).items():
            yield from (name.encode(), b": ", value.encode(), b"\r\n")
        if json_body is not None:
            yield b"Content-Type: application/json\r\n"
            yield f"Content-Length: {len(json_body)}\r\n".encode()
        yield b"\r\n"
        if json_body is not None:
            yield json_body

    @staticmethod
    def understand(raw):
        """Status and body by the module's own rules, or the exception it raises on the board."""
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *headers = head.split(b"\r\n")
        status = int(first.split(None, 2)[1])
        for header in headers:
            if header.startswith(b"Transfer-Encoding:") and b"chunked" in header:
                raise ValueError(f"Unsupported {header}")
            if header.startswith(b"Location:") and not 200 <= status <= 299:
                raise NotImplementedError("Redirects not yet supported")
        return status, body

    def ask(self, method, path, tls, **more):
        with connect(server(), tls) as connection:
            for piece in self.request(method, path, **more):
                connection.sendall(piece)
            return self.understand(read_to_end(connection))

    def get(self, path):
        return self.ask("GET", path, tls=True)

    def post(self, path, json_body):
        headers = {"Content-Type": "application/json"}
        return self.ask("POST", path, tls=False, json_body=json_body, headers=headers)


class BoardToday(Board2020):
    """`requests` of today's firmware: HTTP/1.1, each header once, and always `Connection: close`."""

    def request(self, method, path, json_body=None, headers=None):
        yield f"{method} /{path} HTTP/1.1\r\n".encode()
        headers = dict(headers or {}, Host=self.host)
        if json_body is not None:
            headers["Content-Type"] = "application/json"
            headers["Content-Length"] = str(len(json_body))
        headers["Connection"] = "close"
        for name, value in headers.items():
            yield from (name.encode(), b": ", value.encode(), b"\r\n")
        yield b"\r\n"
        if json_body is not None:
            yield json_body


class MicroPythonBytes(unittest.TestCase):
    def test_the_tutorials_loop_in_both_directions(self):
        for board in (Board2020(), BoardToday()):
            with self.subTest(type(board).__name__):
                readings = server().channel("Temperature", "Humidity")
                command = server().channel("LED")

                # MicroPython's json puts a blank after colon and comma.
                status, _ = board.post(
                    f"update?api_key={readings.write_key}", b'{"field1": 24.9, "field2": 55.0}'
                )
                self.assertEqual(status, 200)
                status, _ = board.post(f"update?api_key={command.write_key}", b'{"field1": "1"}')
                self.assertEqual(status, 200)

                status, body = board.get(
                    f"channels/{command.id}/fields/1.json?api_key={command.read_key}&results=1"
                )
                self.assertEqual((status, str(json.loads(body)["feeds"][0]["field1"])), (200, "1"))
                status, body = board.get(
                    f"channels/{readings.id}/feeds.json?api_key={readings.read_key}&results=1"
                )
                newest = json.loads(body)["feeds"][0]
                self.assertEqual((status, newest["field1"], newest["field2"]), (200, "24.9", "55.0"))

    def test_every_post_of_a_board_that_never_waits_is_kept(self):
        channel = server().channel("LED")
        for n in range(20):
            status, body = Board2020().post(f"update?api_key={channel.write_key}", b'{"field1": "%d"}' % (n % 2))
            self.assertEqual((status, body), (200, str(n + 1).encode()))

    def test_numbers_are_kept_as_the_board_wrote_them(self):
        channel = server().channel("A", "B", "C")
        Board2020().post(
            f"update?api_key={channel.write_key}", b'{"field1": 24.0, "field2": -0.5, "field3": 1e-05}'
        )
        newest = channel.entries()[0]
        self.assertEqual((newest["field1"], newest["field2"], newest["field3"]), ("24.0", "-0.5", "1e-05"))

    def test_the_head_needs_no_host(self):
        channel = server().channel(public=True)
        channel.write(field1=1)
        with connect(server()) as connection:
            connection.sendall(f"GET /channels/{channel.id}/fields/1/last HTTP/1.0\r\n\r\n".encode())
            self.assertEqual(Board2020.understand(read_to_end(connection)), (200, b"1"))

    def test_a_refusal_is_an_answer_and_not_an_exception(self):
        channel = server().channel()
        for board in (Board2020(), BoardToday()):
            self.assertEqual(board.post("update?api_key=0000000000000000", b'{"field1": 1}'), (400, b"0"))
            self.assertEqual(board.get(f"channels/{channel.id}/feeds.json?results=1"), (400, b"-1"))
            status, _ = board.get("channels/999999999/feeds.json?results=1")
            self.assertEqual(status, 404)

    def test_an_empty_channel_is_an_empty_list(self):
        channel = server().channel()
        status, body = Board2020().get(f"channels/{channel.id}/fields/1.json?api_key={channel.read_key}&results=1")
        self.assertEqual((status, json.loads(body)["feeds"]), (200, []))

    def test_the_tls_of_small_boards(self):
        """One version and one cipher that the firmware was built with; no name, for it was given an address."""
        channel = server().channel(public=True)
        channel.write(field1="sealed")
        for ciphers in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-GCM-SHA384"):
            for name in (None, "api.thingspeak.com", "192.168.1.20"):
                with self.subTest(ciphers=ciphers, name=name):
                    with secure(connect(server()), ciphers, ssl.TLSVersion.TLSv1_2, name) as connection:
                        for piece in Board2020().request("GET", f"channels/{channel.id}/fields/1/last"):
                            connection.sendall(piece)
                        self.assertEqual(Board2020.understand(read_to_end(connection)), (200, b"sealed"))

    def test_both_schemes_at_once(self):
        channel = server().channel()
        with connect(server(), tls=True) as reading, connect(server()) as writing:
            for piece in BoardToday().request("POST", f"update?api_key={channel.write_key}", b'{"field1": 1}'):
                writing.sendall(piece)
            self.assertEqual(Board2020.understand(read_to_end(writing)), (200, b"1"))
            for piece in BoardToday().request("GET", f"channels/{channel.id}/fields/1/last?api_key={channel.read_key}"):
                reading.sendall(piece)
            self.assertEqual(Board2020.understand(read_to_end(reading)), (200, b"1"))


if __name__ == "__main__":
    unittest.main()
