"""Display node: shows the readings of another board, and lets a button switch the lamp over there.

For a Heltec ESP32 with its OLED (clock 15, data 4, reset 16) and a push button from pin 21 to
ground; the white LED on the board, pin 25, changes with every round, so that one sees the program is
alive. Its partner is sensor_node.py. The driver ssd1306.py comes with `mpremote mip install ssd1306`.
Copy this file to the board as main.py, with your secrets.py next to it.
"""

import time

import network
from machine import I2C, Pin
from ssd1306 import SSD1306_I2C

try:
    import requests
except ImportError:  # firmware from before 2024
    import urequests as requests

import secrets

ROUND_MS = 3000

# As in sensor_node.py: https to read, http to write, one port for both.
READINGS = "https://%s/channels/%d/feeds.json?api_key=%s&results=1" % (
    secrets.HOST,
    secrets.READINGS_CHANNEL,
    secrets.READINGS_READ_KEY,
)
UPDATE = "http://%s/update?api_key=%s" % (secrets.HOST, secrets.BUTTON_WRITE_KEY)

Pin(16, Pin.OUT, value=1)  # the display is held in reset while this is low
display = SSD1306_I2C(128, 64, I2C(0, scl=Pin(15), sda=Pin(4), freq=400000))
alive = Pin(25, Pin.OUT)
button = Pin(21, Pin.IN, Pin.PULL_UP)
wifi = network.WLAN(network.STA_IF)

lamp = "0"
pressed = False


def on_press(_):
    """Takes note of a press, and no more: a button bounces, and an interrupt must be short."""
    global pressed
    pressed = True


button.irq(on_press, Pin.IRQ_FALLING)


def show(*lines):
    """Puts up to six lines of sixteen letters on the display."""
    display.fill(0)
    for row, line in enumerate(lines):
        display.text(line, 0, row * 11)
    display.show()


def join():
    """Waits until the board is on the network."""
    if wifi.isconnected():
        return
    show("Looking for", secrets.WIFI_NAME)
    wifi.active(True)
    wifi.connect(secrets.WIFI_NAME, secrets.WIFI_PASSWORD)
    while not wifi.isconnected():
        time.sleep_ms(200)


def ask(response):
    """The answer of the server as a value. Whatever happens the connection is closed: a board has few."""
    try:
        if response.status_code != 200:
            raise OSError("the server said %d" % response.status_code)
        return response.json()
    finally:
        response.close()


def send_wish():
    """Sends what the lamp should do. Every round, so that one message lost does no harm for long."""
    global lamp, pressed
    if pressed:
        pressed = False
        lamp = "0" if lamp == "1" else "1"
    ask(requests.post(UPDATE, json={"field1": lamp}, timeout=10))


def show_readings():
    """Shows the newest readings."""
    feeds = ask(requests.get(READINGS, timeout=10))["feeds"]
    if feeds:
        show("Greenhouse", "", "Temp %s C" % feeds[0]["field1"], "Hum  %s %%" % feeds[0]["field2"])
    else:
        show("Greenhouse", "", "No readings yet")


while True:
    begun = time.ticks_ms()
    try:
        join()
        send_wish()
        show_readings()
    except Exception as error:
        print("skipped a round:", repr(error))
        show("No answer from", "the server yet,", "trying again.")
    alive.value(not alive.value())
    time.sleep_ms(max(0, ROUND_MS - time.ticks_diff(time.ticks_ms(), begun)))
