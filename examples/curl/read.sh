#!/bin/sh
# Prints the newest entries of a channel as a table: ./read.sh 10
set -eu
server=${SERVER:-http://192.168.1.20:8080}
channel=${CHANNEL:-1}
read_key=${READ_KEY:-R9M5C3JH60VYD2EA}

curl --silent --show-error --fail --max-time 10 --get \
	--data-urlencode "api_key=$read_key" \
	--data-urlencode "results=${1:-10}" \
	"$server/channels/$channel/feeds.csv"
