// Sends readings over MQTT every 15 seconds. Needs: npm install mqtt
import mqtt from "mqtt";

const client = mqtt.connect("mqtt://{{mqtt_host}}:{{mqtt_port}}", {
  clientId: "{{client_id}}",
  username: "{{client_id}}",
  password: "{{password}}",
});

client.on("connect", () => console.log("connected"));
client.on("error", (error) => console.log("no:", error.message));

function measure() {
  // Put your own readings here; these are made up.
  return new URLSearchParams({
    "field{{no1}}": (20 + Math.random() * 5).toFixed(1), // {{name1}}
    "field{{no2}}": (50 + Math.random() * 10).toFixed(1), // {{name2}}
  });
}

async function send() {
  const values = String(measure());
  await client.publishAsync("channels/{{channel}}/publish", values, { qos: 1 });
  console.log("sent", values);
}

await send();
setInterval(send, 15_000);
