// Sends readings over MQTT every 15 seconds, from any ESP32.
#include <WiFi.h>
#include <PubSubClient.h>
#include "mqtt_secrets.h"

const char *WIFI_NAME = "my network";
const char *WIFI_PASSWORD = "my password";

const char *MQTT_HOST = "{{host}}";
const int MQTT_PORT = {{mqtt_port}};

WiFiClient wifi;
PubSubClient mqtt(wifi);

void setup() {
  Serial.begin(115200);
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
  mqtt.setServer(MQTT_HOST, MQTT_PORT);
}

bool join() {
  if (WiFi.status() != WL_CONNECTED) return false;
  if (mqtt.connected()) return true;
  return mqtt.connect(SECRET_MQTT_CLIENT_ID, SECRET_MQTT_USERNAME,
                      SECRET_MQTT_PASSWORD);
}

void loop() {
  static unsigned long last = 0;
  if (!join()) {
    Serial.println("no connection yet");
    delay(2000);
    return;
  }
  mqtt.loop();  // keeps the connection alive
  if (last != 0 && millis() - last < 15000) {
    delay(50);
    return;
  }
  last = millis();

  // Put your own sensor here. These are the chip's heat
  // and the strength of its Wi-Fi.
  String values = "field{{no1}}=" + String(temperatureRead(), 1);  // {{name1}}
  values += "&field{{no2}}=" + String(WiFi.RSSI());  // {{name2}}
  bool sent = mqtt.publish("channels/{{channel}}/publish", values.c_str());
  Serial.println(sent ? "sent " + values : String("not sent"));
}
