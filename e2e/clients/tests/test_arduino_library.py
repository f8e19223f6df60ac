"""The well-known Arduino library, byte by byte, from a description of its protocol.

Its parser forgives nothing: it waits 5 s at most, wants at least 17 bytes, `HTTP/1.1`, a header
spelled `Content-Length:` and exactly so many bytes, all of them within the socket's buffer. It never
says `Connection: close` and closes by itself.
"""

import re
import ssl
import time
import unittest

from harness.fieldpost import server
from harness.wire import Reply, connect

OK, BAD_KEY, MISSING = 200, 400, 404
BAD_RESPONSE, TIMED_OUT, NOT_INSERTED = -303, -304, -401


class Buffer:
    """The receive buffer of a small TCP stack: bytes arrive by themselves, up to its size."""

    def __init__(self, connection, size):
        self.connection, self.size, self.held = connection, size, b""
        connection.setblocking(False)

    def available(self):
        room = self.size - len(self.held)
        if room:
            try:
                self.held += self.connection.recv(room)
            except (BlockingIOError, ssl.SSLWantReadError):
                time.sleep(0.001)
        return len(self.held)

    def take(self, count):
        taken, self.held = self.held[:count], self.held[count:]
        return taken

    def find(self, target, until):
        """Drops everything up to and including the target, as `Stream::find` does."""
        while time.monotonic() < until:
            self.available()
            at = self.held.find(target)
            if at >= 0:
                self.take(at + len(target))
                return True
            self.take(max(0, len(self.held) - len(target) + 1))
        return False

    def number(self, until):
        """The next whole number, as `Stream::parseInt` reads it."""
        while time.monotonic() < until:
            self.available()
            found = re.match(rb"[^-\d]*(-?\d+)(?=\D)", self.held)
            if found:
                self.take(found.end())
                return int(found[1])
        return 0


class Library:
    """What a sketch calls. Tells the status it would return to the sketch, and the body."""

    AGENT = "tslib-arduino/2.1.1 (ESP32)"

    def __init__(self, tls=False, buffer=5744, more_headers=""):
        self.tls, self.buffer, self.more_headers = tls, buffer, more_headers

    def write_fields(self, key, fields, extra=""):
        form = "&".join(f"field{number}={value}" for number, value in sorted(fields.items()))
        return self.write_raw(key, form + extra + "&headers=false")

    def write_raw(self, key, form):
        # Nothing is percent-encoded, and the length counts bytes.
        form = form if isinstance(form, bytes) else form.encode()
        status, body = self.exchange(
            "POST /update HTTP/1.1\r\n",
            f"X-THINGSPEAKAPIKEY: {key}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(form)}\r\n",
            form,
        )
        if status != OK:
            return status, None
        found = re.match(r"\s*(-?\d+)", body)
        entry = int(found[1]) if found else 0
        return (OK, entry) if entry != 0 else (NOT_INSERTED, None)

    def read(self, channel, suffix, key=None):
        header = f"X-THINGSPEAKAPIKEY: {key}\r\n" if key else ""
        return self.exchange(f"GET /channels/{channel.id}{suffix} HTTP/1.1\r\n", header, b"")

    def exchange(self, request_line, headers, body):
        with connect(server(), self.tls) as connection:
            common = f"Host: api.thingspeak.com\r\nUser-Agent: {self.AGENT}\r\n{self.more_headers}"
            for piece in (request_line, common, headers, "\r\n"):
                connection.sendall(piece.encode())
            connection.sendall(body)
            return self.parse(Buffer(connection, self.buffer))

    @staticmethod
    def parse(buffer):
        until = time.monotonic() + 5
        while buffer.available() < 17:
            if time.monotonic() > until:
                return TIMED_OUT, None
        if not buffer.find(b"HTTP/1.1", until):
            return BAD_RESPONSE, None
        status = buffer.number(until)
        if status != OK:
            return status, None
        if not buffer.find(b"Content-Length:", until):
            return BAD_RESPONSE, None
        length = buffer.number(until)
        if not buffer.find(b"\r\n\r\n", until):
            return BAD_RESPONSE, None
        while buffer.available() < length:
            if time.monotonic() > until:
                return TIMED_OUT, None
        return OK, buffer.take(length).decode()

    @staticmethod
    def member(json, key):
        """Searches for `"key":"…"`; anything else, null too, is an empty text."""
        found = re.search(f'"{key}":"([^"]*)"', json)
        return found[1] if found else ""


class ArduinoLibrary(unittest.TestCase):
    def setUp(self):
        self.library = Library()

    def test_one_field_of_each_type(self):
        channel = server().channel()
        for n, value in enumerate(("7", "-3", "21.50000", "nan", "inf", "-inf", "open"), 1):
            self.assertEqual(self.library.write_fields(channel.write_key, {1: value}), (OK, n))
            self.assertEqual(channel.last()["field1"], value)

    def test_many_fields_with_place_status_and_time(self):
        channel = server().channel("A", "B", "C")
        answer = self.library.write_fields(
            channel.write_key,
            {1: "21.50000", 2: "63", 3: "high"},
            "&lat=47.50&long=8.25&elevation=431.00&status=all is well&created_at=2024-05-06T07:08:09-05",
        )
        self.assertEqual(answer, (OK, 1))
        self.assertEqual(
            channel.last(),
            {
                "created_at": "2024-05-06T12:08:09Z",
                "entry_id": 1,
                "field1": "21.50000",
                "field2": "63",
                "field3": "high",
                "latitude": "47.5",
                "longitude": "8.25",
                "elevation": "431.00",
                "status": "all is well",
            },
        )

    def test_values_that_are_not_percent_encoded(self):
        channel = server().channel()
        self.assertEqual(self.library.write_fields(channel.write_key, {1: "90% open", 2: "5 °C <ok>"}), (OK, 1))
        last = channel.last()
        self.assertEqual((last["field1"], last["field2"]), ("90% open", "5 °C <ok>"))

    def test_bytes_that_are_no_text_do_not_stop_an_update(self):
        channel = server().channel()
        status, entry = self.library.write_raw(channel.write_key, b"field1=\xff\xfe21.5&field2=63&headers=false")
        self.assertEqual((status, entry), (OK, 1))
        self.assertIn("21.5", channel.last()["field1"])
        self.assertEqual(channel.last()["field2"], "63")

    def test_a_value_of_255_bytes_comes_back_whole(self):
        channel = server().channel()
        longest = "x" * 255
        self.assertEqual(self.library.write_fields(channel.write_key, {1: longest}), (OK, 1))
        self.assertEqual(self.library.read(channel, "/fields/1/last", channel.read_key), (OK, longest))

    def test_a_raw_form_of_the_sketch(self):
        channel = server().channel()
        self.assertEqual(self.library.write_raw(channel.write_key, "field2=5&status=x&headers=false"), (OK, 1))

    def test_a_wrong_key_is_400(self):
        self.assertEqual(self.library.write_fields("0000000000000000", {1: "1"}), (BAD_KEY, None))

    def test_too_soon_is_not_inserted(self):
        channel = server().channel(update_interval=15)
        self.assertEqual(self.library.write_fields(channel.write_key, {1: "1"}), (OK, 1))
        self.assertEqual(self.library.write_fields(channel.write_key, {1: "2"}), (NOT_INSERTED, None))
        self.assertEqual(len(channel.entries()), 1)

    def test_the_last_value_is_bare_text(self):
        channel = server().channel()
        channel.write(field1="21.5")
        channel.write(field2="63")
        for suffix, value in (("/fields/1/last", "21.5"), ("/fields/2/last", "63")):
            self.assertEqual(self.library.read(channel, suffix, channel.read_key), (OK, value))

    def test_the_last_status(self):
        channel = server().channel()
        channel.write(field1="21.5", status="boot")
        status, json = self.library.read(channel, "/feeds/last.txt?status=true", channel.read_key)
        self.assertEqual((status, Library.member(json, "status")), (OK, "boot"))

    def test_all_fields_at_once(self):
        channel = server().channel()
        channel.write(field1="21.5", lat="47.5", long="8.25", elevation="431", created_at="2024-05-06T07:08:39Z")
        status, json = self.library.read(channel, "/feeds/last.txt?status=true&location=true", channel.read_key)
        self.assertEqual(status, OK)
        seen = {
            key: Library.member(json, key)
            for key in ("created_at", "field1", "field2", "latitude", "longitude", "elevation", "status")
        }
        self.assertEqual(
            seen,
            {
                "created_at": "2024-05-06T07:08:39Z",
                "field1": "21.5",
                "field2": "",
                "latitude": "47.5",
                "longitude": "8.25",
                "elevation": "431",
                "status": "",
            },
        )
        status, json = self.library.read(channel, "/feeds/last.txt", channel.read_key)
        self.assertEqual((status, Library.member(json, "created_at")), (OK, "2024-05-06T07:08:39Z"))

    def test_a_suffix_of_the_sketch(self):
        channel = server().channel()
        for value in ("20", "22"):
            channel.write(field1=value)
        status, json = self.library.read(channel, "/feeds/last.json?round=1", channel.read_key)
        self.assertEqual((status, Library.member(json, "field1")), (OK, "22.0"))
        status, csv = self.library.read(channel, "/feeds.csv?results=1", channel.read_key)
        self.assertEqual((status, csv.splitlines()[0]), (OK, "created_at,entry_id,field1,field2"))

    def test_private_without_a_key_is_400_and_a_missing_channel_404(self):
        channel = server().channel()
        channel.write(field1="1")
        for suffix in ("/fields/1/last", "/feeds/last.txt", "/feeds/last.txt?status=true&location=true"):
            self.assertEqual(self.library.read(channel, suffix), (BAD_KEY, None))
            self.assertEqual(self.library.read(channel, suffix, "0000000000000000"), (BAD_KEY, None))
            missing = type("Missing", (), {"id": 0})
            self.assertEqual(self.library.read(missing, suffix), (MISSING, None))

    def test_a_public_channel_without_a_key(self):
        channel = server().channel(public=True)
        channel.write(field1="21.5")
        self.assertEqual(self.library.read(channel, "/fields/1/last"), (OK, "21.5"))

    def test_the_answer_fits_the_small_buffer_of_an_uno(self):
        # Head and body pass through 2 KB; what is found is dropped as the parser goes on.
        small = Library(buffer=2048)
        channel = server().channel()
        self.assertEqual(small.write_fields(channel.write_key, {1: "1"}), (OK, 1))
        status, json = small.read(channel, "/feeds/last.txt?status=true&location=true", channel.read_key)
        self.assertEqual((status, Library.member(json, "field1")), (OK, "1"))

    def test_the_answer_comes_in_one_piece(self):
        """A parser that looks once at what is there shall find all of it."""
        channel = server().channel(public=True)
        for path in (f"/update?api_key={channel.write_key}&field1=1", f"/channels/{channel.id}/feeds/last.txt"):
            for _ in range(20):
                with connect(server()) as connection:
                    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: api.thingspeak.com\r\n\r\n".encode())
                    reply = Reply(connection.recv(5744))
                    self.assertEqual(len(reply.body), int(reply.header("Content-Length")))

    def test_the_same_over_tls(self):
        secure = Library(tls=True)
        channel = server().channel()
        self.assertEqual(secure.write_fields(channel.write_key, {1: "21.50000"}), (OK, 1))
        self.assertEqual(secure.read(channel, "/fields/1/last", channel.read_key), (OK, "21.50000"))


class ParticleLibrary(unittest.TestCase):
    """The same protocol for Particle boards, which say `Connection: close`."""

    def test_it_writes_and_reads_and_the_server_closes(self):
        library = Library(more_headers="Connection: close\r\n")
        channel = server().channel()
        self.assertEqual(library.write_fields(channel.write_key, {1: "21.50000", 2: "63"}), (OK, 1))
        self.assertEqual(library.read(channel, "/fields/2/last", channel.read_key), (OK, "63"))
        self.assertEqual(library.read(channel, "/fields/2/last"), (BAD_KEY, None))


if __name__ == "__main__":
    unittest.main()
