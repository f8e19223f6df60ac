# Send a value.
mosquitto_pub -h {{host}} -p {{mqtt_port}} \
  -i {{client_id}} -u {{client_id}} -P "{{password}}" \
  -t channels/{{channel}}/publish -m "field{{no1}}=21.5"

# Hear what comes, until Ctrl-C.
mosquitto_sub -h {{host}} -p {{mqtt_port}} \
  -i {{client_id}} -u {{client_id}} -P "{{password}}" \
  -t "channels/{{channel}}/subscribe/fields/+" -v
