// Sends readings every 15 seconds, from any ESP32.
#include <WiFi.h>
#include "Fieldpost.h"  // lies beside this sketch

const char *WIFI_NAME = "my network";
const char *WIFI_PASSWORD = "my password";
const char *WRITE_KEY = "{{write_key}}";

WiFiClient wifi;
Fieldpost fieldpost(wifi, "{{host}}", {{port}});

void setup() {
  Serial.begin(115200);
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
}

void loop() {
  if (WiFi.status() == WL_CONNECTED) {
    // Put your own sensor here. These are the chip's heat
    // and the strength of its Wi-Fi.
    fieldpost.field({{no1}}, temperatureRead(), 1);  // {{name1}}
    fieldpost.field({{no2}}, WiFi.RSSI());  // {{name2}}
    long entry = fieldpost.send(WRITE_KEY);
    if (entry > 0) Serial.println("entry " + String(entry));
    else Serial.println("not sent: " + fieldpost.why());
  } else {
    Serial.println("looking for the network");
  }
  delay(15000);
}
