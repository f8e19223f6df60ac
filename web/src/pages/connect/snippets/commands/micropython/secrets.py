# Keep this file to yourself: who has the key can fetch commands and give them.
WIFI_NAME = "my network"
WIFI_PASSWORD = "my password"

SERVER = "{{url}}"
TALKBACK = {{talkback}}
TALKBACK_KEY = "{{talkback_key}}"
