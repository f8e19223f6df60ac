#!/bin/sh
# Sends a table from standard input in one request. A line is a time and up to eight fields, such as
# 2024-05-06T10:00:00Z,21.4,63
set -eu
server=${SERVER:-http://192.168.1.20:8080}
channel=${CHANNEL:-1}
write_key=${WRITE_KEY:-W4K2QZ81TTP0XN7B}

# The server wants `|` between entries.
updates=$(paste -s -d '|' -)

curl --silent --show-error --fail --max-time 60 \
	--data-urlencode "write_api_key=$write_key" \
	--data-urlencode "time_format=absolute" \
	--data-urlencode "updates=$updates" \
	"$server/channels/$channel/bulk_update.csv"
echo
