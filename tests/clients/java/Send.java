import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.message.Encoding;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventSerializer;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** One event of each mode, by HTTP and to Kafka, as the official SDK for Java makes them. */
public class Send {
    static final Map<String, String> GIVEN = System.getenv();

    static CloudEvent event(String id) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode data = (ObjectNode) mapper.readTree(GIVEN.get("DATA"));
        data.put("item_id", id);
        return CloudEventBuilder.v1().withId(id).withType(GIVEN.get("TYPE")).withSource(URI.create("sdk/java"))
            .withData("application/json", mapper.writeValueAsBytes(data)).build();
    }

    static void post(boolean structured) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(GIVEN.get("URL") + "/v1/events"))
            .header("Authorization", "Bearer " + GIVEN.get("TOKEN"));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        var writer = HttpMessageFactory.createWriter(request::header, body::writeBytes);
        CloudEvent event = event("java-http-" + (structured ? "structured" : "binary"));
        if (structured) writer.writeStructured(event, new JsonFormat()); else writer.writeBinary(event);
        request.POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()));
        HttpResponse<String> answer =
            HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 202) throw new IllegalStateException(answer.body());
    }

    static void produce(Encoding encoding) throws Exception {
        Map<String, Object> settings = new java.util.HashMap<>(Map.of(
            "bootstrap.servers", GIVEN.get("BOOTSTRAP"),
            "enable.idempotence", false, "key.serializer", StringSerializer.class,
            "value.serializer", CloudEventSerializer.class, CloudEventSerializer.ENCODING_CONFIG, encoding));
        if (encoding == Encoding.STRUCTURED) settings.put(CloudEventSerializer.EVENT_FORMAT_CONFIG, new JsonFormat());
        try (KafkaProducer<String, CloudEvent> producer = new KafkaProducer<>(settings)) {
            CloudEvent event = event("java-kafka-" + encoding.name().toLowerCase());
            producer.send(new ProducerRecord<>("item-posted", "java", event)).get();
        }
    }

    public static void main(String[] arguments) throws Exception {
        post(false);
        post(true);
        produce(Encoding.BINARY);
        produce(Encoding.STRUCTURED);
    }
}
