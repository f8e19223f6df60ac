# Sends what a DHT22 measures over MQTT, every 15 seconds.
import time

import dht
import network
from machine import Pin
from umqtt.simple import MQTTClient

import secrets

TOPIC = b"channels/{{channel}}/publish"
sensor = dht.DHT22(Pin(23))  # the pin with the sensor's data wire
wifi = network.WLAN(network.STA_IF)
client = MQTTClient(
    secrets.MQTT_CLIENT_ID,
    secrets.MQTT_HOST,
    port=secrets.MQTT_PORT,
    user=secrets.MQTT_USERNAME,
    password=secrets.MQTT_PASSWORD,
    keepalive=60,
)


def join():
    if wifi.isconnected():
        return
    wifi.active(True)
    wifi.connect(secrets.WIFI_NAME, secrets.WIFI_PASSWORD)
    while not wifi.isconnected():
        time.sleep_ms(200)
    print("this board is", wifi.ifconfig()[0])


def send():
    sensor.measure()
    values = "field{{no1}}=%s" % sensor.temperature()  # {{name1}}
    values += "&field{{no2}}=%s" % sensor.humidity()  # {{name2}}
    client.publish(TOPIC, values.encode(), qos=1)
    print("the server has", values)


connected = False
while True:
    try:
        join()
        if not connected:
            client.connect()
            connected = True
        send()
    except Exception as error:  # go on, whatever it was
        connected = False
        print("trying again:", repr(error))
    time.sleep(15)
