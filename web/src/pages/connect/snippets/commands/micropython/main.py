# Fetches commands, does them, and says so.
import time

import network
from machine import Pin

try:
    import requests
except ImportError:  # firmware from before 2024
    import urequests as requests

import secrets

COMMANDS = "%s/talkbacks/%d/commands/execute.json?api_key=%s&wait=20" % (
    secrets.SERVER,
    secrets.TALKBACK,
    secrets.TALKBACK_KEY,
)
led = Pin(2, Pin.OUT)  # what is to be switched
wifi = network.WLAN(network.STA_IF)


def join():
    if wifi.isconnected():
        return
    wifi.active(True)
    wifi.connect(secrets.WIFI_NAME, secrets.WIFI_PASSWORD)
    while not wifi.isconnected():
        time.sleep_ms(200)
    print("this board is", wifi.ifconfig()[0])


def do(command):
    if command == "{{on}}":
        led.value(1)
    elif command == "{{off}}":
        led.value(0)
    print("did", command)


done = ""  # tells the server, with the next question, what was done
while True:
    try:
        join()
        # Waits up to 20 seconds for a command; {} means that there is none.
        response = requests.get(COMMANDS + done, timeout=40)
        try:
            answer = response.json()
        finally:
            response.close()  # a board has few connections
        done = ""
        if "id" in answer:
            do(answer["command_string"])
            done = "&ack=%d" % answer["id"]
    except Exception as error:  # go on, whatever it was
        print("trying again:", repr(error))
        time.sleep(5)
