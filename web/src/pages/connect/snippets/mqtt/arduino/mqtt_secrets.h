// Keep this file to yourself: who has it can speak as this device.
#define SECRET_MQTT_USERNAME "{{client_id}}"
#define SECRET_MQTT_CLIENT_ID "{{client_id}}"
#define SECRET_MQTT_PASSWORD "{{password}}"
