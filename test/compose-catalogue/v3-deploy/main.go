package main

import (
	"fmt"
	"net/http"
)

const answer = "an api in two replicas"

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) })
	http.ListenAndServe(":8080", nil)
}
