# Keep this file to yourself: who has it can speak as this device.
WIFI_NAME = "my network"
WIFI_PASSWORD = "my password"

MQTT_HOST = "{{host}}"
MQTT_PORT = {{mqtt_port}}
MQTT_CLIENT_ID = "{{client_id}}"
MQTT_USERNAME = "{{client_id}}"
MQTT_PASSWORD = "{{password}}"
