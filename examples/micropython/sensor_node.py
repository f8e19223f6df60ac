"""Sensor node: sends temperature and humidity, and switches a lamp as another board wishes.

For an ESP32 with a DHT22 on pin 23 and an LED with its resistor on pin 22; the LED on the board
itself, pin 2, changes with every round, so that one sees the program is alive. Its partner is
display_node.py. Copy this file to the board as main.py, with your secrets.py next to it.
"""

import time

import network
from dht import DHT22
from machine import Pin

try:
    import requests
except ImportError:  # firmware from before 2024
    import urequests as requests

import secrets

ROUND_MS = 3000

# Fieldpost answers http and https on the same port. Here the board reads through https, which hides
# the key on its way, and writes through http, which is quicker; either will do for both.
WISH = "https://%s/channels/%d/fields/1.json?api_key=%s&results=1" % (
    secrets.HOST,
    secrets.BUTTON_CHANNEL,
    secrets.BUTTON_READ_KEY,
)
UPDATE = "http://%s/update?api_key=%s" % (secrets.HOST, secrets.READINGS_WRITE_KEY)

alive = Pin(2, Pin.OUT)
lamp = Pin(22, Pin.OUT)
sensor = DHT22(Pin(23))
wifi = network.WLAN(network.STA_IF)


def join():
    """Waits until the board is on the network."""
    if wifi.isconnected():
        return
    print("joining", secrets.WIFI_NAME)
    wifi.active(True)
    wifi.connect(secrets.WIFI_NAME, secrets.WIFI_PASSWORD)
    while not wifi.isconnected():
        time.sleep_ms(200)
    print("this board is", wifi.ifconfig()[0])


def ask(response):
    """The answer of the server as a value. Whatever happens the connection is closed: a board has few."""
    try:
        if response.status_code != 200:
            raise OSError("the server said %d" % response.status_code)
        return response.json()
    finally:
        response.close()


def switch_lamp():
    """Switches the lamp on if the newest entry of the button's channel says 1."""
    feeds = ask(requests.get(WISH, timeout=10))["feeds"]
    if feeds:  # there is none before the other board has said something
        lamp.value(feeds[0]["field1"] == "1")


def send_readings():
    """Measures, and sends what was measured."""
    sensor.measure()
    readings = {"field1": sensor.temperature(), "field2": sensor.humidity()}
    entry = ask(requests.post(UPDATE, json=readings, timeout=10))
    print("entry", entry, readings)


while True:
    begun = time.ticks_ms()
    for step in (join, switch_lamp, send_readings):
        # One step that fails must not keep the others from their work; it gets its chance next round.
        try:
            step()
        except Exception as error:
            print("could not", step.__name__, repr(error))
    alive.value(not alive.value())
    time.sleep_ms(max(0, ROUND_MS - time.ticks_diff(time.ticks_ms(), begun)))
