// Command hello is a target for tests: it answers with a greeting, once it is ready.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "fail" {
		fmt.Println("the disk is full")
		os.Exit(3)
	}
	fmt.Println("listening")
	err := http.ListenAndServe(":8080", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path)
		_, _ = fmt.Fprint(w, os.Getenv("GREETING"))
	}))
	fmt.Println(err)
	os.Exit(1)
}
