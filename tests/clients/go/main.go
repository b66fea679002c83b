// One event of each mode by HTTP, as the official SDK for Go makes them.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

func main() {
	header := http.Header{"Authorization": {"Bearer " + os.Getenv("TOKEN")}}
	protocol, err := cehttp.New(cehttp.WithTarget(os.Getenv("URL")+"/v1/events"), cehttp.WithRequestDataAtContextMiddleware())
	if err != nil {
		log.Fatal(err)
	}
	protocol.RequestTemplate.Header = header
	client, err := cloudevents.NewClient(protocol, cloudevents.WithTimeNow(), cloudevents.WithUUIDs())
	if err != nil {
		log.Fatal(err)
	}
	modes := map[string]func(context.Context) context.Context{
		"binary": binding.WithForceBinary, "structured": binding.WithForceStructured,
	}
	for mode, with := range modes {
		data := map[string]any{}
		if err := json.Unmarshal([]byte(os.Getenv("DATA")), &data); err != nil {
			log.Fatal(err)
		}
		data["item_id"] = "go-http-" + mode
		event := cloudevents.NewEvent()
		event.SetID("go-http-" + mode)
		event.SetType(os.Getenv("TYPE"))
		event.SetSource("sdk/go")
		if err := event.SetData(cloudevents.ApplicationJSON, data); err != nil {
			log.Fatal(err)
		}
		if result := client.Send(with(context.Background()), event); !cloudevents.IsACK(result) {
			log.Fatal(mode, ": ", result)
		}
	}
}
