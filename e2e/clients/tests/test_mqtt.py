"""MQTT as clients speak it: mosquitto's programs and paho as published, and the bytes of umqtt.simple,
PubSubClient, Tasmota and ESPHome. Each ends as an entry in a channel, or hears one.
"""

import json
import ssl
import threading
import time
import unittest
import urllib.request

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from harness.fieldpost import OWNER, server
from harness.mqtt import TIMEOUT, Wire, listen, packet, publish, text, words


def device(*rights, **options):
    """Makes a device; without rights it may do everything with all channels."""
    more = [f"--channel={right}" for right in rights or ("all:rw",)]
    more += [f"--{option.replace('_', '-')}={value}" for option, value in options.items()]
    return server().command("device", "add", "Bench", "--user", OWNER, *more)


def until(what, found):
    """Waits for something that comes by itself."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        answer = found()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


def entry(channel, number=1):
    """The entry with that number, once it is there."""
    return until("the entry", lambda: next((e for e in channel.entries() if e["entry_id"] == number), None))


class Mosquitto(unittest.TestCase):
    def setUp(self):
        self.channel = server().channel()
        self.topic = f"channels/{self.channel.id}"

    def test_an_entry_is_published_in_each_version_with_each_quality(self):
        number = 0
        for version in ("mqttv31", "mqttv311", "mqttv5"):
            for quality in ("0", "1", "2"):
                with self.subTest(version=version, quality=quality):
                    number += 1
                    values = f"field1={number}.50&field2=63&status=all+well&lat=47.5&long=8.25"
                    done = publish(server(), device(), f"{self.topic}/publish", values, "-V", version, "-q", quality)
                    self.assertEqual(done, (0, ""))
                    found = entry(self.channel, number)
                    self.assertEqual((found["field1"], found["field2"]), (f"{number}.50", "63"))
        self.assertEqual(self.channel.last()["status"], "all well")

    def test_a_field_is_published_as_the_bare_value(self):
        publish(server(), device(), f"{self.topic}/publish/fields/field2", "021.50", "-q", "1")
        self.assertEqual((entry(self.channel)["field1"], entry(self.channel)["field2"]), (None, "021.50"))

    def test_a_write_over_http_is_heard_as_json_by_field_and_by_wildcard(self):
        one, two, three = (device() for _ in range(3))
        whole = listen(server(), one, f"{self.topic}/subscribe", 1, "-V", "mqttv5")
        field = listen(server(), two, f"{self.topic}/subscribe/fields/field2", 1, "-q", "1")
        fields = listen(server(), three, f"{self.topic}/subscribe/fields/+", 2)
        self.channel.write(field1="21.50", field2="63", status="fine")
        ((retained, _, topic, payload),) = whole.messages()
        self.assertEqual((retained, topic), ("0", f"{self.topic}/subscribe"))
        heard = json.loads(payload)
        self.assertEqual((heard["channel_id"], heard["entry_id"]), (self.channel.id, 1))
        self.assertEqual((heard["field1"], heard["field3"], heard["status"]), ("21.50", None, "fine"))
        self.assertEqual(field.messages(), [("0", "1", f"{self.topic}/subscribe/fields/field2", "63")])
        heard = {(topic, payload) for _, _, topic, payload in fields.messages()}
        name = f"{self.topic}/subscribe/fields/field"
        self.assertEqual(heard, {(f"{name}1", "21.50"), (f"{name}2", "63")})

    def test_who_comes_later_gets_the_last_values_as_retained(self):
        self.channel.write(field1="21.5")
        self.channel.write(field2="63")
        late = listen(server(), device(), f"{self.topic}/subscribe/fields/field1", 1)
        self.assertEqual(late.messages(), [("1", "0", f"{self.topic}/subscribe/fields/field1", "21.5")])

    def test_a_topic_of_ones_own_is_retained_and_heard_by_the_users_devices_only(self):
        done = publish(server(), device(), "home/door", "open", "-r", "-q", "1")
        self.assertEqual(done, (0, ""))
        late = listen(server(), device(), "home/+", 1, "-V", "mqttv5")
        self.assertEqual(late.messages(), [("1", "0", "home/door", "open")])
        server().command("user", "add", f"bob{self.channel.id}")
        stranger = server().command("device", "add", "x", "--user", f"bob{self.channel.id}")
        here = listen(server(), stranger, "home/+", 1)
        publish(server(), device(), "home/door", "shut", "-r", "-q", "1")
        publish(server(), stranger | {"client_id": "x2"}, "home/mine", "1", "-q", "1")
        self.assertEqual([topic for _, _, topic, _ in here.messages()], ["home/mine"])

    def test_a_will_is_told_when_a_client_is_cut_off(self):
        watching = listen(server(), device(), "home/lamp/LWT", 1)
        lamp = device()
        client = paho.Client(CallbackAPIVersion.VERSION2, lamp["client_id"])
        client.username_pw_set(lamp["username"], lamp["password"])
        client.will_set("home/lamp/LWT", "Offline", qos=1, retain=True)
        client.connect(*server().mqtt)
        client.loop_start()
        until("the connection", client.is_connected)
        # The cable is pulled: no goodbye.
        client.loop_stop()
        client.socket().close()
        self.assertEqual([payload for *_, payload in watching.messages()], ["Offline"])

    def test_over_tls_with_the_servers_own_certificate(self):
        host, port = server().mqtts
        as_device = device()
        arguments = words(server(), as_device, "--cafile", server().certificate(), "--insecure", "-p", str(port))
        heard = listen(server(), device(), f"{self.topic}/subscribe/fields/field1", 1)
        done = publish(server(), as_device, f"{self.topic}/publish", "field1=1", *arguments, "-q", "1")
        self.assertEqual(done, (0, ""))
        self.assertEqual([payload for *_, payload in heard.messages()], ["1"])

    def test_what_is_refused_is_said_to_the_client(self):
        bench = device(f"{self.channel.id}:r")
        wrong, said = publish(server(), bench | {"password": "wrong"}, f"{self.topic}/publish", "field1=1")
        self.assertNotEqual(wrong, 0)
        self.assertRegex(said.lower(), "not authori[sz]ed|bad user name")
        code, said = publish(server(), bench, f"{self.topic}/publish", "field1=1", "-q", "1", "-V", "mqttv5")
        self.assertRegex(said.lower(), "not authori[sz]ed")
        self.assertEqual(self.channel.entries(), [])

    def test_a_message_reaches_a_live_stream_over_http(self):
        stream = urllib.request.urlopen(
            f"{server().http}/channels/{self.channel.id}/live?api_key={self.channel.read_key}", timeout=TIMEOUT
        )
        with stream:
            publish(server(), device(), f"{self.topic}/publish", "field1=7", "-q", "1")
            line = next(line for line in stream if line.startswith(b"data:"))
        self.assertEqual(json.loads(line[5:])["field1"], "7")


class Paho(unittest.TestCase):
    """The Python package as published, over TCP, TLS and WebSockets, in both versions."""

    def setUp(self):
        self.channel = server().channel()

    def client(self, transport, version):
        made = device()
        client = paho.Client(CallbackAPIVersion.VERSION2, made["client_id"], transport=transport, protocol=version)
        client.username_pw_set(made["username"], made["password"])
        self.addCleanup(client.loop_stop)
        self.addCleanup(client.disconnect)
        return client

    def test_it_publishes_and_hears_itself_on_every_way(self):
        number = 0
        for version in (paho.MQTTv311, paho.MQTTv5):
            for way in ("tcp", "tls", "websockets"):
                with self.subTest(version=version, way=way):
                    number += 1
                    self.round(number, version, way)

    def round(self, number, version, way):
        client = self.client("websockets" if way == "websockets" else "tcp", version)
        host, port = server().mqtt
        if way == "tls":
            host, port = server().mqtts
            client.tls_set(server().certificate(), cert_reqs=ssl.CERT_REQUIRED)
            client.tls_insecure_set(True)
        elif way == "websockets":
            host, port = server().host, server().port
            client.ws_set_options(path="/mqtt")
        heard, subscribed = [], threading.Event()
        client.on_message = lambda _client, _data, message: heard.append(message.payload.decode())
        client.on_subscribe = lambda *_: subscribed.set()
        client.connect(host, port)
        client.loop_start()
        until("the connection", client.is_connected)
        client.subscribe(f"channels/{self.channel.id}/subscribe/fields/field1", qos=1)
        self.assertTrue(subscribed.wait(TIMEOUT))
        sent = client.publish(f"channels/{self.channel.id}/publish", f"field1={number}.0", qos=2)
        sent.wait_for_publish(TIMEOUT)
        # What is acknowledged is on disk.
        self.assertEqual(self.channel.entries()[-1]["field1"], f"{number}.0")
        until("the message", lambda: f"{number}.0" in heard)


class SmallFirmware(unittest.TestCase):
    """Bytes as they leave small boards."""

    def setUp(self):
        self.channel = server().channel()
        self.publish_topic = f"channels/{self.channel.id}/publish"

    def test_umqtt_simple_of_micropython(self):
        """It writes the CONNECT's length in one byte where it fits, reads four bytes of CONNACK, and asks
        for an answer by a PUBLISH whose packet number it compares."""
        bench = device()
        name, password = bench["client_id"], bench["password"]
        with Wire(server()) as board:
            flags = 0x02 | 0xC0
            board.send(packet(0x10, b"\0\4MQTT\4" + bytes([flags]) + b"\0\x3c" + text(name) + text(name) + text(password)))
            self.assertEqual(board.exactly(4), b"\x20\x02\0\0")
            board.send(packet(0x30, text(self.publish_topic) + b"field1=21.5"))
            board.send(packet(0x32, text(self.publish_topic) + b"\0\1" + b"field1=22.5"))
            self.assertEqual(board.exactly(4), b"\x40\x02\0\1")
            board.send(packet(0x82, b"\0\2" + text(f"channels/{self.channel.id}/subscribe/fields/field1") + b"\0"))
            self.assertEqual(board.exactly(5), b"\x90\x03\0\2\0")
            self.assertEqual(board.message()[1], b"22.5")
            board.send(b"\xc0\0")
            self.assertEqual(board.exactly(2), b"\xd0\0")
            board.send(b"\xe0\0")
        self.assertEqual([e["field1"] for e in self.channel.entries()], ["21.5", "22.5"])

    def test_pubsubclient_of_arduino(self):
        """It sets a will or none, always quality 0, and breaks a packet where its buffer ends."""
        bench = device()
        name, password = bench["client_id"], bench["password"]
        with Wire(server()) as board:
            connect = packet(0x10, b"\0\4MQTT\4\xc2\0\x0f" + text(name) + text(name) + text(password))
            for part in (connect[:1], connect[1:9], connect[9:]):
                board.send(part)
                time.sleep(0.02)
            self.assertEqual(board.exactly(4), b"\x20\x02\0\0")
            board.send(packet(0x82, b"\0\2" + text(f"channels/{self.channel.id}/subscribe/fields/field2") + b"\0"))
            board.exactly(5)
            board.send(packet(0x30, text(self.publish_topic) + b"field1=1&field2=2"))
            self.assertEqual(board.message(), (f"channels/{self.channel.id}/subscribe/fields/field2", b"2"))
        self.assertEqual(entry(self.channel)["field1"], "1")

    def test_a_sketch_of_the_older_generation_brings_its_key_in_the_topic(self):
        with Wire(server()) as board:
            board.send(packet(0x10, b"\0\4MQTT\4\2\0\x3c" + text("anything")))
            self.assertEqual(board.exactly(4), b"\x20\x02\0\0")
            board.send(packet(0x30, text(f"{self.publish_topic}/{self.channel.write_key}") + b"field1=3"))
            board.send(packet(0x30, text(f"{self.publish_topic}/fields/field2/{self.channel.write_key}") + b"4"))
            self.assertEqual((entry(self.channel)["field1"], entry(self.channel, 2)["field2"]), ("3", "4"))

    def test_tasmota(self):
        """It comes in with a will, says Online where the will says Offline, both retained, hears commands
        on cmnd/, and tells readings as JSON every so often; a map makes values of them."""
        plug = device()
        name, password = plug["client_id"], plug["password"]
        anna = signed_in()
        maps = [
            {"topic": "tele/plug/SENSOR", "path": f"AM2301.{what}", "channel": self.channel.id, "field": field}
            for field, what in ((1, "Temperature"), (2, "Humidity"))
        ]
        anna("PATCH", f"/devices/{name}", {"maps": maps})
        with Wire(server()) as board:
            flags = 0x02 | 0x04 | 0x08 | 0x20 | 0xC0  # a clean session; a will of quality 1 that is retained; name and password
            will = text("tele/plug/LWT") + text("Offline")
            board.send(packet(0x10, b"\0\4MQTT\4" + bytes([flags]) + b"\0\x1e" + text(name) + will + text(name) + text(password)))
            self.assertEqual(board.exactly(4), b"\x20\x02\0\0")
            board.send(packet(0x31, text("tele/plug/LWT") + b"Online"))
            for number, filter_ in enumerate(("cmnd/plug/#", "cmnd/tasmotas/#", "cmnd/DVES_12AB9F_fb/#"), 1):
                board.send(packet(0x82, number.to_bytes(2, "big") + text(filter_) + b"\0"))
                self.assertEqual(board.exactly(5)[:4], b"\x90\x03" + number.to_bytes(2, "big"))
            board.send(packet(0x30, text("tele/plug/SENSOR") + SENSOR))
            found = entry(self.channel)
            self.assertEqual((found["field1"], found["field2"]), ("21.50", "63.0"))
            # Another of the user's devices switches it.
            publish(server(), device(), "cmnd/plug/POWER", "ON")
            self.assertEqual(board.message(), ("cmnd/plug/POWER", b"ON"))
            board.send(packet(0x30, text("stat/plug/POWER") + b"ON"))
            seen = until("the state", lambda: shown(anna, name, "stat/plug/POWER"))
            self.assertEqual((seen["connected"], seen["will"]), (True, "Online"))
        gone = until("its going", lambda: (lambda d: d if not d["connected"] else None)(one(anna, name)))
        self.assertEqual(until("its will", lambda: one(anna, name)["will"] == "Offline"), True)
        self.assertIsNotNone(gone["since_at"])

    def test_esphome(self):
        """It says online and offline on its status, retained, and each sensor's state as the bare value."""
        bench = device()
        name, password = bench["client_id"], bench["password"]
        anna = signed_in()
        topic = "bench/sensor/temperature/state"
        anna("PATCH", f"/devices/{name}", {"maps": [{"topic": topic, "path": None, "channel": self.channel.id, "field": 1}]})
        with Wire(server()) as board:
            flags = 0x02 | 0x04 | 0x20 | 0xC0
            will = text("bench/status") + text("offline")
            board.send(packet(0x10, b"\0\4MQTT\4" + bytes([flags]) + b"\0\x0f" + text(name) + will + text(name) + text(password)))
            self.assertEqual(board.exactly(4), b"\x20\x02\0\0")
            board.send(packet(0x31, text("bench/status") + b"online"))
            board.send(packet(0x82, b"\0\1" + text("bench/switch/relay/command") + b"\0"))
            self.assertEqual(board.exactly(5), b"\x90\x03\0\1\0")
            board.send(packet(0x31, text(topic) + b"21.5"))
            self.assertEqual(entry(self.channel)["field1"], "21.5")
            publish(server(), device(), "bench/switch/relay/command", "ON")
            self.assertEqual(board.message(), ("bench/switch/relay/command", b"ON"))
            board.send(b"\xe0\0")
        # Who says goodbye has no will.
        until("its going", lambda: not one(anna, name)["connected"])
        self.assertEqual(one(anna, name)["will"], "online")


SENSOR = (
    b'{"Time":"2026-05-06T07:08:09","AM2301":{"Temperature":21.50,"Humidity":63.0,"DewPoint":14.1},"TempUnit":"C"}'
)


def one(ask, name):
    return next(device for device in ask("GET", "/devices") if device["client_id"] == name)


def shown(ask, name, topic):
    found = one(ask, name)
    return found if any(seen["topic"] == topic for seen in found["seen"]) else None


_signed_in = None


def signed_in():
    """The web app's interface, as the owner."""
    global _signed_in
    if _signed_in is None:
        _signed_in = server().sign_in()
    return _signed_in
