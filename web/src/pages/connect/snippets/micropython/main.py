# Sends what a DHT22 measures, every 15 seconds.
import time

import dht
import network
from machine import Pin

try:
    import requests
except ImportError:  # firmware from before 2024
    import urequests as requests

import secrets

UPDATE = secrets.SERVER + "/update?api_key=" + secrets.WRITE_KEY
sensor = dht.DHT22(Pin(23))  # the pin with the sensor's data wire
wifi = network.WLAN(network.STA_IF)


def join():
    if wifi.isconnected():
        return
    print("joining", secrets.WIFI_NAME)
    wifi.active(True)
    wifi.connect(secrets.WIFI_NAME, secrets.WIFI_PASSWORD)
    while not wifi.isconnected():
        time.sleep_ms(200)
    print("this board is", wifi.ifconfig()[0])


def send():
    sensor.measure()
    values = {
        "field{{no1}}": sensor.temperature(),  # {{name1}}
        "field{{no2}}": sensor.humidity(),  # {{name2}}
    }
    response = requests.post(UPDATE, json=values, timeout=10)
    try:
        print("the server says", response.status_code, response.text)
    finally:
        response.close()  # a board has few connections


while True:
    try:
        join()
        send()
    except Exception as error:  # go on, whatever it was
        print("trying again:", repr(error))
    time.sleep(15)
