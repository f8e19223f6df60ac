// Fetches commands, does them, and says so, on any ESP32.
#include <WiFi.h>
#include <HTTPClient.h>

const char *WIFI_NAME = "my network";
const char *WIFI_PASSWORD = "my password";
const int LED = 2;  // what is to be switched

const String COMMANDS =
    "{{url}}/talkbacks/{{talkback}}"
    "/commands/execute.json"
    "?api_key={{talkback_key}}&wait=20";

// Tells the server, with the next question, what was done.
String done = "";

// True if this is the command that came.
bool says(const String &answer, const String &command) {
  return answer.indexOf("\"command_string\":\"" + command + "\"") >= 0;
}

void setup() {
  Serial.begin(115200);
  pinMode(LED, OUTPUT);
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
}

void loop() {
  if (WiFi.status() != WL_CONNECTED) {
    Serial.println("looking for the network");
    delay(2000);
    return;
  }
  // Waits up to 20 seconds for a command; {} means that there is none.
  HTTPClient http;
  http.setTimeout(30000);
  http.begin(COMMANDS + done);
  int status = http.GET();
  String answer = status == 200 ? http.getString() : String("");
  http.end();
  if (status != 200) {
    Serial.println("no answer");
    delay(5000);
    return;
  }
  done = "";
  int id = answer.indexOf("\"id\":");
  if (id < 0) return;
  if (says(answer, "{{on}}")) digitalWrite(LED, HIGH);
  if (says(answer, "{{off}}")) digitalWrite(LED, LOW);
  Serial.println("did " + answer);
  done = "&ack=" + String(answer.substring(id + 5).toInt());
}
