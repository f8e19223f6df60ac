// A sketch whose library has the server's name built in, moved by the class that the README shows.
// Word: write key. Prints what the server answered last.

#include <WiFi.h>
#include MOVED

int main(int, char **word) {
  FieldpostClient moved;
  Client &client = moved;
  if (!client.connect("api.thingspeak.com", 80)) return 1;
  client.print(String("GET /update?api_key=") + word[1] + "&field1=moved HTTP/1.1\r\nHost: api.thingspeak.com\r\nConnection: close\r\n\r\n");
  String heard;
  while (client.connected())
    if (client.available()) heard += (char)client.read();
  puts(heard.substring(heard.indexOf("\r\n\r\n") + 4).c_str());
}
