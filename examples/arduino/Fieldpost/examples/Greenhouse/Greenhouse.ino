// Sends two readings every three seconds and lets a lamp follow another channel.
//
// For any ESP32. The readings are those a bare board has: the temperature of its chip and the strength
// of its Wi-Fi. The lamp is an LED with its resistor at pin 22.

#include <WiFi.h>
#include <Fieldpost.h>

const char *WIFI_NAME = "my network";
const char *WIFI_PASSWORD = "my password";

const char *SERVER = "192.168.1.20";
const uint16_t PORT = 8080;

const char *WRITE_KEY = "W4K2QZ81TTP0XN7B";
const unsigned long LAMP_CHANNEL = 2;
const char *LAMP_READ_KEY = "K6P0VD94MBY2RS7E";

const int LAMP = 22;

WiFiClient wifi;
Fieldpost fieldpost(wifi, SERVER, PORT);

void setup() {
  Serial.begin(115200);
  pinMode(LAMP, OUTPUT);
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
}

void loop() {
  if (WiFi.status() == WL_CONNECTED) {
    sendReadings();
    switchLamp();
  } else {
    Serial.println("looking for the network");
  }
  delay(3000);
}

void sendReadings() {
  long entry = fieldpost.field(1, temperatureRead(), 1).field(2, WiFi.RSSI()).send(WRITE_KEY);
  if (entry > 0) {
    Serial.print("entry ");
    Serial.println(entry);
  } else {
    Serial.println("not sent: " + fieldpost.why());
  }
}

void switchLamp() {
  String wish = fieldpost.text(LAMP_CHANNEL, 1, LAMP_READ_KEY);
  // Without an answer the lamp stays as it is.
  if (fieldpost.result() == 200) digitalWrite(LAMP, wish == "1" ? HIGH : LOW);
}
