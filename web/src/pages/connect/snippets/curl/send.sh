# Send a value. The answer is the number of the new entry.
curl "{{url}}/update?api_key={{write_key}}&field{{no1}}=21.5"

# Read the newest entry.
curl "{{url}}/channels/{{channel}}/feeds/last.json?api_key={{read_key}}"
