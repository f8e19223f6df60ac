#!/bin/sh
# Sends one entry; each word given is the value of the next field. Prints the entry's number.
set -eu
server=${SERVER:-http://192.168.1.20:8080}
write_key=${WRITE_KEY:-W4K2QZ81TTP0XN7B}

number=0
for value in "$@"; do
	number=$((number + 1))
	set -- "$@" --data-urlencode "field$number=$value"
	shift
done

entry=$(curl --silent --show-error --fail --max-time 10 --header "X-THINGSPEAKAPIKEY: $write_key" "$@" "$server/update")
if [ "$entry" = 0 ]; then
	echo "the server did not store it: too soon after the entry before?" >&2
	exit 1
fi
echo "$entry"
