"""The real server on a free port and a folder of its own, and the few things a story needs of it.

The server is started once for all stories; each story makes the channels it wants, so none sees
another's entries. When the last story has been told the server is stopped as an operator would stop
it, and must then leave in peace.
"""

import atexit
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import urllib.parse
import urllib.request

OWNER = "anna"


class Server:
    def __init__(self, *options):
        self.binary = os.environ["FIELDPOST_BIN"]
        self.folder = tempfile.mkdtemp(prefix="fieldpost-clients-")
        self.data = os.path.join(self.folder, "data")
        self.owner_key = self.command("user", "add", OWNER)["api_key"]
        self.stderr = open(os.path.join(self.folder, "stderr"), "wb")
        self.process = subprocess.Popen(
            [self.binary, "serve", "--data", self.data, "--listen", "127.0.0.1:0", *options],
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            # Many servers run at once, and only one can have the usual ports.
            env={"FIELDPOST_MQTT_LISTEN": "127.0.0.1:0", "FIELDPOST_MQTTS_LISTEN": "127.0.0.1:0", **os.environ},
            text=True,
        )
        ready = self.process.stdout.readline()
        found = re.match(r"ready http://([\d.]+):(\d+) https://", ready)
        if not found:
            raise RuntimeError(f"the server did not get ready: {ready!r} {self.complaints()}")
        self.host, self.port = found[1], int(found[2])
        #: Where MQTT is spoken, without and with TLS.
        self.mqtt, self.mqtts = (
            (found[1], int(found[2])) for found in re.finditer(r" mqtts?://([\d.]+):(\d+)", ready)
        )
        # Whatever else it prints must not fill the pipe.
        self.reader = threading.Thread(target=self.process.stdout.read, daemon=True)
        self.reader.start()

    @property
    def http(self):
        return f"http://{self.host}:{self.port}"

    @property
    def https(self):
        return f"https://{self.host}:{self.port}"

    def command(self, *words):
        """Runs a command of the binary on the server's folder and gives its JSON."""
        done = subprocess.run(
            [self.binary, *words, "--data", self.data, "--json"],
            capture_output=True,
            text=True,
            timeout=30,
        )
        if done.returncode != 0:
            raise RuntimeError(f"fieldpost {' '.join(words)}: {done.stderr}")
        return json.loads(done.stdout)

    def channel(self, *labels, name="Greenhouse", **options):
        """Makes a channel with these field labels; options are those of `channel create`."""
        words = ["channel", "create", "--user", OWNER, "--name", name]
        for number, label in enumerate(labels or ["Air temp", "Humidity"], 1):
            words += [f"--field{number}", label]
        for option, value in options.items():
            flag = "--" + option.replace("_", "-")
            words.append(flag if value is True else f"{flag}={value}")
        return Channel(self, self.command(*words))

    def get(self, path, **query):
        """What a plain, modern client hears: the yardstick the stories check their clients by."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        with urllib.request.urlopen(self.http + path, timeout=10) as reply:
            return reply.read().decode()

    def sign_in(self):
        """Signs the owner in; what is returned asks the web app's interface and fails on a "no"."""
        words, password = ["user", "passwd", OWNER, "--password-stdin"], "a kettle on a cold morning"
        subprocess.run([self.binary, *words, "--data", self.data], input=password, text=True, check=True, stdout=subprocess.DEVNULL)
        headers = {"Content-Type": "application/json", "X-Fieldpost": "1"}

        def ask(method, path, body=None):
            body = None if body is None else json.dumps(body).encode()
            request = urllib.request.Request(self.http + "/api/v1" + path, body, headers, method=method)
            with urllib.request.urlopen(request, timeout=10) as reply:
                cookie = reply.headers.get("Set-Cookie")
                if cookie:
                    headers["Cookie"] = cookie.split(";")[0]
                said = reply.read()
                return json.loads(said) if said else None

        ask("POST", "/session", {"login": OWNER, "password": password})
        return ask

    def certificate(self):
        """The file of the certificate the server made for itself."""
        path = os.path.join(self.folder, "certificate.pem")
        with open(path, "w") as file:
            file.write(ssl.get_server_certificate((self.host, self.port)))
        return path

    def complaints(self):
        with open(os.path.join(self.folder, "stderr"), errors="replace") as file:
            return file.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "nothing for 20 s after SIGTERM"
        self.reader.join()
        self.process.stdout.close()
        self.stderr.close()
        said = self.complaints()
        shutil.rmtree(self.folder, ignore_errors=True)
        if code != 0 or "panicked" in said:
            raise RuntimeError(f"the server ended with {code}:\n{said}")


class Channel:
    """A channel and its keys, with the few questions every story asks of it."""

    def __init__(self, server, made):
        self.server = server
        self.id = made["id"]
        self.write_key = made["write_key"]
        self.read_key = made["read_key"]

    def feed(self, **query):
        query = {"api_key": self.read_key, **query}
        return json.loads(self.server.get(f"/channels/{self.id}/feeds.json", **query))

    def entries(self, **query):
        return self.feed(**query)["feeds"]

    def last(self, **query):
        """The newest entry, with its status and its place."""
        entries = self.entries(results=1, status="true", location="true", **query)
        return entries[0] if entries else None

    def write(self, **values):
        """Writes one entry and gives its id."""
        return int(self.server.get("/update", api_key=self.write_key, **values))


_server = None


def server():
    """The one server all stories share."""
    global _server
    if _server is None:
        _server = Server()
        atexit.register(leave)
    return _server


def leave():
    """Stops the shared server, if there is one; how it leaves is the last thing the stories check."""
    global _server
    if _server:
        leaving, _server = _server, None
        leaving.stop()
