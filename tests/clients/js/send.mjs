// One event of each mode, by HTTP and to Kafka, as the official SDK for JavaScript makes them.
import { CloudEvent, HTTP, Kafka as Binding, emitterFor, httpTransport } from "cloudevents";
import { Kafka, Partitioners, logLevel } from "kafkajs";

const { URL, TOKEN, BOOTSTRAP, TYPE, DATA } = process.env;
const event = (id) => new CloudEvent({ id, type: TYPE, source: "sdk/js", data: { ...JSON.parse(DATA), item_id: id } });

async function post(message) {
  const headers = { ...message.headers, authorization: `Bearer ${TOKEN}` };
  const answer = await fetch(`${URL}/v1/events`, { method: "POST", headers, body: message.body });
  if (answer.status !== 202) throw new Error(await answer.text());
}
await post(HTTP.binary(event("js-http-binary")));
await post(HTTP.structured(event("js-http-structured")));

const kafka = new Kafka({ brokers: [BOOTSTRAP], logLevel: logLevel.NOTHING });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();
for (const [mode, bind] of [["binary", Binding.binary], ["structured", Binding.structured]]) {
  const message = bind(event(`js-kafka-${mode}`));
  const value = typeof message.value === "string" ? message.value : JSON.stringify(message.value);
  const headers = Object.fromEntries(Object.entries(message.headers).filter(([, text]) => text !== undefined));
  await producer.send({ topic: "item-posted", messages: [{ key: "js", value, headers }] });
}
await producer.disconnect();
