# Fetches commands, does them, and says so. Ends with Ctrl-C.
COMMANDS="{{url}}/talkbacks/{{talkback}}/commands"
KEY="{{talkback_key}}"

while true; do
  # Waits up to 30 seconds for a command; {} means that there is none.
  ANSWER=$(curl -s "$COMMANDS/execute.json?api_key=$KEY&wait=30") || sleep 5
  COMMAND=$(echo "$ANSWER" | sed -n 's/.*"command_string":"\([^"]*\)".*/\1/p')
  ID=$(echo "$ANSWER" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  [ -n "$ID" ] || continue

  echo "command $ID is $COMMAND"
  # Do it here, then say that it is done.
  curl -s -X POST "$COMMANDS/$ID/ack?api_key=$KEY" > /dev/null
done
