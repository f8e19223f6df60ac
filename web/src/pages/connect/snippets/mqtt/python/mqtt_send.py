# Sends readings over MQTT every 15 seconds. Needs: pip install paho-mqtt
import random
import time

import paho.mqtt.client as mqtt

TOPIC = "channels/{{channel}}/publish"

client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="{{client_id}}")
client.username_pw_set("{{client_id}}", "{{password}}")


def measure():
    # Put your own readings here; these are made up.
    values = {
        "field{{no1}}": round(random.uniform(20, 25), 1),  # {{name1}}
        "field{{no2}}": round(random.uniform(50, 60), 1),  # {{name2}}
    }
    return "&".join(f"{name}={value}" for name, value in values.items())


def connected(client, userdata, flags, reason, properties):
    print("the server says:", reason, flush=True)


client.on_connect = connected
client.connect("{{host}}", {{mqtt_port}})
client.loop_start()  # goes on by itself, and connects again when it must

while True:
    values = measure()
    message = client.publish(TOPIC, values, qos=1)
    message.wait_for_publish(timeout=20)
    print("sent" if message.is_published() else "waiting to send", values, flush=True)
    time.sleep(15)
