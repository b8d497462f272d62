package container_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"understudy/mock/container"

	"github.com/testcontainers/testcontainers-go"
)

// The code under test gets an address and a key; the container is gone when the test is over.
func ExampleRun() {
	ctx := context.Background()
	api, err := container.Run(ctx, "understudy:latest", container.WithContract("ecoevents"))
	defer testcontainers.TerminateContainer(api)
	if err != nil {
		log.Fatal(err)
	}
	base, err := api.BaseURL(ctx, "ecoevents")
	if err != nil {
		log.Fatal(err)
	}
	credentials, err := api.Credentials(ctx, "ecoevents")
	if err != nil {
		log.Fatal(err)
	}
	request, _ := http.NewRequest("GET", base+"/v1/events", nil)
	request.Header.Set("Authorization", "Bearer "+credentials["ECOEVENTS_API_KEY"])
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status)
}
