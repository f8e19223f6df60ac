"""The programs in `examples/`, run as their readers would run them. Those for MicroPython have their own stories."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

from harness import arduino
from harness.fieldpost import server

here = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.normpath(os.path.join(here, "..", "..", "..", "examples"))
LIBRARY = os.path.join(EXAMPLES, "arduino", "Fieldpost")


def settings(channel, **more):
    """The environment in which the programs for a shell find their server."""
    return {
        **os.environ,
        "SERVER": server().http,
        "CHANNEL": str(channel.id),
        "WRITE_KEY": channel.write_key,
        "READ_KEY": channel.read_key,
        **more,
    }


def run(*words, env, text=None):
    return subprocess.run(words, env=env, input=text, capture_output=True, text=True, timeout=30)


def eventually(holds, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = holds()
        if got:
            return got
        time.sleep(0.05)
    return holds()


@unittest.skipUnless(shutil.which("curl"), "there is no curl")
class Curl(unittest.TestCase):
    def program(self, name):
        return os.path.join(EXAMPLES, "curl", name)

    def test_send_and_read(self):
        channel = server().channel()
        sent = run(self.program("send.sh"), "21.5", "50 % & more", env=settings(channel))
        self.assertEqual((sent.returncode, sent.stdout), (0, "1\n"), sent.stderr)
        run(self.program("send.sh"), "22", env=settings(channel))
        read = run(self.program("read.sh"), "2", env=settings(channel))
        lines = read.stdout.splitlines()
        self.assertEqual(lines[0], "created_at,entry_id,field1,field2")
        self.assertTrue(lines[1].endswith(",1,21.5,50 % & more") and lines[2].endswith(",2,22,"), lines)

    def test_upload_a_table(self):
        channel = server().channel()
        table = "2024-05-06T10:00:00Z,21.4,63\n2024-05-06T10:01:00Z,21.5\n2024-05-06T10:02:00Z,,64\n"
        sent = run(self.program("upload.sh"), env=settings(channel), text=table)
        self.assertEqual((sent.returncode, sent.stdout), (0, '{"success":true}\n'), sent.stderr)
        self.assertEqual(
            [(e["field1"], e["field2"]) for e in channel.entries()], [("21.4", "63"), ("21.5", None), (None, "64")]
        )

    def test_a_refusal_is_a_failure(self):
        channel = server().channel()
        for name, words in (("send.sh", ["1"]), ("read.sh", []), ("upload.sh", [])):
            done = run(
                self.program(name), *words, env=settings(channel, WRITE_KEY="0" * 16, READ_KEY="0" * 16), text="2024-05-06,1\n"
            )
            self.assertNotEqual(done.returncode, 0, name)
        slow = server().channel(update_interval=15)
        codes = [run(self.program("send.sh"), "1", env=settings(slow)).returncode for _ in range(2)]
        self.assertEqual(codes, [0, 1])


class Python(unittest.TestCase):
    def program(self, name):
        return os.path.join(EXAMPLES, "python", name)

    def logger(self, channel, **more):
        process = subprocess.Popen(
            [sys.executable, self.program("logger.py")],
            env=settings(channel, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_the_logger_sends_again_and_again(self):
        channel = server().channel("Load", "Memory")
        self.logger(channel, SECONDS="1.1")
        entries = eventually(lambda: len(channel.entries()) >= 2 and channel.entries())
        self.assertTrue(entries, "no entries came")
        self.assertTrue(all(float(e["field1"]) >= 0 and int(e["field2"]) > 0 for e in entries), entries)

    def test_the_logger_says_that_it_is_refused(self):
        channel = server().channel("Load", "Memory")
        logger = self.logger(channel, WRITE_KEY="0" * 16, SECONDS="5")
        self.assertIn("the server said 401", logger.stdout.readline())

    def test_the_logger_keeps_what_it_cannot_send(self):
        channel = server().channel("Load", "Memory")
        logger = self.logger(channel, SERVER="http://127.0.0.1:1", SECONDS="0.1")
        self.assertRegex(logger.stdout.readline(), r"no answer .*; 1 waiting")
        self.assertRegex(logger.stdout.readline(), r"no answer .*; 2 waiting")

    def test_the_reader_prints_an_average_for_each_hour(self):
        channel = server().channel("Air temp", "Humidity")
        hour = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
        for minutes, value in ((5, 20), (25, 21), (65, 30)):
            channel.write(field1=value, created_at=(hour + timedelta(minutes=minutes)).isoformat())
        read = run(sys.executable, self.program("read.py"), "6", env=settings(channel))
        lines = [line.split("\t") for line in read.stdout.splitlines()]
        self.assertEqual(lines[0], ["hour (UTC)", "Air temp", "Humidity"], read.stderr)
        self.assertEqual(lines[1], [hour.strftime("%Y-%m-%d %H:%M"), "20.50", ""])
        self.assertEqual(lines[2][1], "30.00")


@unittest.skipUnless(shutil.which("c++"), "there is no C++ compiler")
class Arduino(unittest.TestCase):
    """The library and the sketches, translated for this machine, on an Arduino made of stand-ins."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="fieldpost-arduino-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)

    def translate(self, source, *more):
        return arduino.translate(source, os.path.join(self.folder, f"{self.id().rsplit('.', 1)[1]}"), *more)

    def test_every_part_of_the_library(self):
        channel = server().channel(*"ABCDEFGH")
        program = self.translate("library.cpp")
        words = [server().host, str(server().port), str(channel.id), channel.write_key, channel.read_key]
        done = run(program, *words, env=None)
        self.assertEqual(
            done.stdout.replace("\n\n", "\n").splitlines(),
            [
                "before: nothing was asked yet",
                "empty: |there is no value yet",
                "all kinds: 1",
                "then: all is well",
                'text: 50 % & ☀ + "x"',
                "number: 21.5",
                "read: 1",
                "entry_id: 1",
                "field2: -7",
                "field8: 6",
                "status: all is well",
                "latitude: 47.5",
                "longitude: 8.25",
                "elevation: 431.0",
                "field9: ",
                "with its time: 2",
                "the same time again: 0|not stored: too soon after the entry before?",
                "wrong key: 0|refused: is the key right?",
                "forgotten: 3",
                "no key: |refused: is the key right?",
                "no channel: |there is no such channel",
                "not a number: 01",
                "nobody: 0|the server cannot be reached",
            ],
        )
        first = channel.entries(start_entry_id=1, end_entry_id=1)[0]
        self.assertEqual(
            [first[f"field{n}"] for n in range(1, 9)],
            ["21.5", "-7", "40000", '50 % & ☀ + "x"\n', "1.25", "s", "-5", "6"],
        )
        third = channel.entries(start_entry_id=3, end_entry_id=3)[0]
        self.assertEqual((third["field1"], third["field2"]), (None, "3"), "what was refused is not sent with the next")

    def test_the_lines_that_move_an_old_sketch(self):
        channel = server().channel()
        shown = re.search(r"class FieldpostClient .*?^};$", open_text(os.path.join(EXAMPLES, "arduino", "README.md")), re.M | re.S)
        moved = os.path.join(self.folder, "moved.h")
        with open(moved, "w") as file:
            file.write(shown[0].replace('"192.168.1.20", 8080', f'"{server().host}", {server().port}'))
        done = run(self.translate("moved.cpp", f'-DMOVED="{moved}"'), channel.write_key, env=None)
        self.assertEqual((done.stdout, channel.last()["field1"]), ("1\n", "moved"))

    def test_the_sketches_send_and_follow_the_lamp(self):
        for sketch in (
            os.path.join(LIBRARY, "examples", "Greenhouse", "Greenhouse.ino"),
            os.path.join(EXAMPLES, "arduino", "esp32_without_library", "esp32_without_library.ino"),
        ):
            with self.subTest(os.path.basename(sketch)):
                readings, lamp = server().channel("Chip", "Wi-Fi"), server().channel("Lamp")
                lamp.write(field1=1)
                with subprocess.Popen([self.sketch(sketch, readings, lamp)], stdout=subprocess.PIPE, text=True) as board:
                    heard = [board.stdout.readline().strip() for _ in range(2)]
                    lamp.write(field1=0)
                    while "pin 22 = 0" not in heard and len(heard) < 20:
                        heard.append(board.stdout.readline().strip())
                    board.kill()
                self.assertEqual(heard[:2], ["entry 1", "pin 22 = 1"])
                self.assertEqual(heard[-1], "pin 22 = 0")
                self.assertEqual([readings.entries()[0][f"field{n}"] for n in (1, 2)], ["42.5", "-61"])

    def sketch(self, path, readings, lamp):
        """The sketch with the placeholders filled in, as a program."""
        text = fill(open_text(path), readings, lamp)
        text = text.replace('"192.168.1.20"', f'"{server().host}"').replace("PORT = 8080", f"PORT = {server().port}")
        filled = os.path.join(self.folder, os.path.basename(path))
        with open(filled, "w") as file:
            file.write(text)
        return arduino.sketch(filled)


class Configurations(unittest.TestCase):
    """What is written for other programs: each address in it is asked as that program would ask."""

    def ask(self, address, body=None, kind="application/json"):
        request = urllib.request.Request(address, body, {"Content-Type": kind} if body else {})
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.read().decode()

    def setUp(self):
        self.readings, self.lamp = server().channel(), server().channel("Lamp")
        self.readings.write(field1="21.5", field2="63")
        self.lamp.write(field1=1)

    def text(self, *path):
        return fill(open_text(os.path.join(EXAMPLES, *path)), self.readings, self.lamp)

    def test_node_red(self):
        flow = json.loads(self.text("node-red", "flow.json"))
        known = {node["id"] for node in flow}
        for node in flow:
            for wire in node.get("wires", []):
                self.assertLessEqual(set(wire), known)
        update, last = (node["url"] for node in flow if node["type"] == "http request")
        self.assertEqual(self.ask(update, b'{"field1":24.5,"field2":63}'), "2")
        self.assertEqual(json.loads(self.ask(last))["field1"], "24.5")

    def test_esphome(self):
        text = self.text("esphome", "greenhouse.yaml")
        told = dict(re.findall(r'^  (\w+): "?([^"\n]+)"?$', text.split("\nesphome:")[0], re.M))
        text = re.sub(r"\$\{(\w+)\}", lambda found: told[found[1]], text)
        update = re.search(r'"(http[^"]*)"', text)[1].replace("%.1f", "{:.1f}").format(21.5, 63.0)
        self.assertEqual(self.ask(update), "2")
        self.assertEqual(self.ask(re.search(r"url: (http\S+/last\S+)", text)[1]), "1")

    def test_home_assistant(self):
        text = self.text("home-assistant", "configuration.yaml")
        update = re.search(r"url: (\S+)", text)[1]
        form = re.search(r'payload: "(.*)"', text)[1]
        form = re.sub(r"\{\{ (\w+) \| urlencode \}\}", lambda found: {"temperature": "-3.5", "humidity": "80"}[found[1]], form)
        self.assertEqual(self.ask(update, form.encode(), "application/x-www-form-urlencoded"), "2")
        told = json.loads(self.ask(re.search(r"resource: (\S+)", text)[1]))
        self.assertEqual((told["field1"], told["field2"]), ("-3.5", "80"))


class Placeholders(unittest.TestCase):
    def test_every_example_names_the_same_server_and_keys(self):
        table = open_text(os.path.join(EXAMPLES, "README.md"))
        keys = set(re.findall(r"`([0-9A-Z]{16})`", table))
        self.assertEqual(len(keys), 4)
        for folder, _, names in os.walk(EXAMPLES):
            for name in names:
                text = open_text(os.path.join(folder, name))
                with self.subTest(os.path.join(folder, name)):
                    self.assertLessEqual(set(re.findall(r"\b(?=\w*\d)(?=\w*[G-Z])[0-9A-Z]{16}\b", text)), keys)
                    hosts = set(re.findall(r"https?://(\d+\.\d+[\d.:]*)", text))
                    self.assertLessEqual(hosts, {"192.168.1.20:8080"})


def open_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def fill(text, readings, lamp):
    """Puts in what a reader would put in."""
    for placeholder, real in (
        ("http://192.168.1.20:8080", server().http),
        ("W4K2QZ81TTP0XN7B", readings.write_key),
        ("R9M5C3JH60VYD2EA", readings.read_key),
        ("N1C7WX30QGZ58HUT", lamp.write_key),
        ("K6P0VD94MBY2RS7E", lamp.read_key),
        ("channels/1/", f"channels/{readings.id}/"),
        ("channels/2/", f"channels/{lamp.id}/"),
        ('lamp_channel: "2"', f'lamp_channel: "{lamp.id}"'),
        ("LAMP_CHANNEL = 2", f"LAMP_CHANNEL = {lamp.id}"),
    ):
        text = text.replace(placeholder, real)
    return text


if __name__ == "__main__":
    unittest.main()
