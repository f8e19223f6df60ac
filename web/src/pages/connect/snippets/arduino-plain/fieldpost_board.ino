// Sends readings every 15 seconds, from any ESP32.
#include <WiFi.h>
#include <HTTPClient.h>

const char *WIFI_NAME = "my network";
const char *WIFI_PASSWORD = "my password";

const String UPDATE =
    "{{url}}/update"
    "?api_key={{write_key}}";

void setup() {
  Serial.begin(115200);
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
}

void loop() {
  if (WiFi.status() == WL_CONNECTED) {
    // Put your own sensor here. These are the chip's heat
    // and the strength of its Wi-Fi.
    String address = UPDATE;
    address += "&field{{no1}}=" + String(temperatureRead(), 1);  // {{name1}}
    address += "&field{{no2}}=" + String(WiFi.RSSI());  // {{name2}}

    HTTPClient http;
    http.begin(address);
    int status = http.GET();
    String answer = status > 0 ? http.getString() : String("nothing");
    Serial.println("the server says " + answer);
    http.end();
  } else {
    Serial.println("looking for the network");
  }
  delay(15000);
}
