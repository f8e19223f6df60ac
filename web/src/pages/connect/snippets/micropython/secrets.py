# Keep this file to yourself: who has the write key can write.
WIFI_NAME = "my network"
WIFI_PASSWORD = "my password"

SERVER = "{{url}}"
WRITE_KEY = "{{write_key}}"
