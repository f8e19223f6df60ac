"""The MQTT client that MicroPython brings along, as much of it as a program that sends needs.

A stand-in of our own: the names and what they mean are those of `umqtt.simple`, and so are the packets.
"""

import socket


class MQTTException(Exception):
    pass


def text(words):
    if isinstance(words, str):
        words = words.encode()
    return len(words).to_bytes(2, "big") + words


class MQTTClient:
    def __init__(self, client_id, server, port=0, user=None, password=None, keepalive=0, ssl=None):
        self.client_id, self.address = client_id, (server, port or 1883)
        self.user, self.password, self.keepalive = user, password, keepalive
        self.packet = 0

    def connect(self, clean_session=True):
        self.sock = socket.socket()
        self.sock.connect(socket.getaddrinfo(*self.address)[0][-1])
        flags = (2 if clean_session else 0) | (0xC0 if self.user is not None else 0)
        body = text("MQTT") + bytes([4, flags]) + self.keepalive.to_bytes(2, "big") + text(self.client_id)
        if self.user is not None:
            body += text(self.user) + text(self.password)
        self.send(0x10, body)
        answer = self.sock.read(4)
        if answer[:2] != b"\x20\x02" or answer[3] != 0:
            raise MQTTException(answer[3])
        return answer[2] & 1

    def publish(self, topic, msg, retain=False, qos=0):
        body = text(topic)
        if qos > 0:
            self.packet += 1
            body += self.packet.to_bytes(2, "big")
        self.send(0x30 | qos << 1 | (1 if retain else 0), body + msg)
        if qos == 1:
            answer = self.sock.read(4)
            if answer != b"\x40\x02" + self.packet.to_bytes(2, "big"):
                raise MQTTException(answer)

    def disconnect(self):
        self.sock.write(b"\xe0\0")
        self.sock.close()

    def send(self, kind, body):
        size, length = len(body), b""
        while True:
            length += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
            size >>= 7
            if size == 0:
                break
        self.sock.write(bytes([kind]) + length + body)
