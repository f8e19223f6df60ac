// Sends two readings every three seconds and lets a lamp follow another channel, with nothing but what
// comes with the ESP32 core.
//
// The readings are those a bare board has: the temperature of its chip and the strength of its Wi-Fi.
// The lamp is an LED with its resistor at pin 22.

#include <WiFi.h>
#include <HTTPClient.h>

const char *WIFI_NAME = "my network";
const char *WIFI_PASSWORD = "my password";

const String SERVER = "http://192.168.1.20:8080";
const String UPDATE = SERVER + "/update?api_key=W4K2QZ81TTP0XN7B";
const String WISH = SERVER + "/channels/2/fields/1/last?api_key=K6P0VD94MBY2RS7E";

const int LAMP = 22;

void setup() {
  Serial.begin(115200);
  pinMode(LAMP, OUTPUT);
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
}

void loop() {
  if (WiFi.status() == WL_CONNECTED) {
    String entry = ask(UPDATE + "&field1=" + String(temperatureRead(), 1) + "&field2=" + String(WiFi.RSSI()));
    Serial.println("entry " + entry);

    String wish = ask(WISH);
    if (wish.length()) digitalWrite(LAMP, wish == "1" ? HIGH : LOW);
  }
  delay(3000);
}

// The answer to a request, empty if there was none or it was a refusal.
String ask(const String &address) {
  HTTPClient http;
  http.setTimeout(10000);
  http.begin(address);
  int status = http.GET();
  String answer = status == 200 ? http.getString() : String();
  if (status != 200) Serial.println("the server said " + String(status));
  http.end();
  return answer;
}
