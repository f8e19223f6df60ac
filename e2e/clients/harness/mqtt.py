"""MQTT for stories: the programs of mosquitto as a person runs them, and packets as small firmware puts
them together, byte by byte.
"""

import socket
import subprocess
import threading

TIMEOUT = 20


def words(server, device, *more):
    """What a person types behind `mosquitto_pub` and `mosquitto_sub`: where, and as whom."""
    host, port = server.mqtt
    return [
        *("-h", host, "-p", str(port)),
        *("-i", device["client_id"], "-u", device["username"], "-P", device["password"]),
        *more,
    ]


def publish(server, device, topic, message, *more):
    """`mosquitto_pub`, to its end. Gives its exit code and what it complained of."""
    done = subprocess.run(
        ["mosquitto_pub", *words(server, device, *more), "-t", topic, "-m", message],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    return done.returncode, done.stderr


class Listening:
    """`mosquitto_sub` in the background, once it is subscribed."""

    def __init__(self, arguments, count):
        self.process = subprocess.Popen(
            # It says when it is subscribed only if it is asked to say everything, and at once only by the line.
            ["stdbuf", "-oL", "mosquitto_sub", "-d", "-C", str(count), "-W", str(TIMEOUT), "-F", "=%r %q %t %p", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = []
        subscribed = threading.Event()

        def read():
            for line in self.process.stdout:
                self.said.append(line.rstrip("\n"))
                if "SUBACK" in line:
                    subscribed.set()

        self.reader = threading.Thread(target=read, daemon=True)
        self.reader.start()
        if not subscribed.wait(TIMEOUT):
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"not subscribed: {self.said}")

    def messages(self):
        """What came, each as retained flag, quality, topic and payload; waits until all have."""
        self.process.wait(TIMEOUT + 5)
        self.reader.join(TIMEOUT)
        self.process.stdout.close()
        return [tuple(line[1:].split(" ", 3)) for line in self.said if line.startswith("=")]


def listen(server, device, topic, count, *more):
    return Listening(words(server, device, "-t", topic, *more), count)


def text(value):
    """A text as MQTT has it: two bytes of length, then the bytes."""
    value = value.encode() if isinstance(value, str) else value
    return len(value).to_bytes(2, "big") + value


def packet(kind, body):
    length, rest = b"", len(body)
    while True:
        rest, digit = divmod(rest, 128)
        length += bytes([digit | (0x80 if rest else 0)])
        if not rest:
            return bytes([kind]) + length + body


class Wire:
    """A connection on which a board speaks in bytes of its own."""

    def __init__(self, server):
        self.socket = socket.create_connection(server.mqtt, timeout=TIMEOUT)

    def send(self, data):
        self.socket.sendall(data)

    def read(self):
        """One packet: its first byte, and its body."""
        kind = self.exactly(1)[0]
        length, shift = 0, 0
        while True:
            digit = self.exactly(1)[0]
            length |= (digit & 0x7F) << shift
            shift += 7
            if not digit & 0x80:
                return kind, self.exactly(length)

    def exactly(self, count):
        got = b""
        while len(got) < count:
            part = self.socket.recv(count - len(got))
            if not part:
                raise EOFError(f"closed after {got!r}")
            got += part
        return got

    def message(self):
        """The next PUBLISH: its topic and payload; acknowledgements in between are passed over."""
        while True:
            kind, body = self.read()
            if kind >> 4 == 3:
                end = 2 + int.from_bytes(body[:2], "big")
                skip = 2 if kind & 0x06 else 0
                return body[2:end].decode(), body[end + skip :]

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
