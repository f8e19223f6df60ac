# Sends readings every 15 seconds. Needs nothing but Python.
import json
import random
import time
import urllib.error
import urllib.request

UPDATE = "{{url}}/update"
WRITE_KEY = "{{write_key}}"


def measure():
    # Put your own readings here; these are made up.
    return {
        "field{{no1}}": round(random.uniform(20, 25), 1),  # {{name1}}
        "field{{no2}}": round(random.uniform(50, 60), 1),  # {{name2}}
    }


def send(values):
    body = json.dumps({"api_key": WRITE_KEY, **values}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(UPDATE, body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


while True:
    try:
        print("entry", send(measure()), flush=True)
    except urllib.error.HTTPError as no:
        print("the server said no:", no.read().decode(), flush=True)
    except OSError as error:
        print("no answer:", error, flush=True)
    time.sleep(15)
