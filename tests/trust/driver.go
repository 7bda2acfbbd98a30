// Asks the examples what each line of standard input asks, and answers on a line of its own.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"example.com/backend"
)

type question struct{ Assertion, Secret *string }

type answer struct {
	Accepted bool            `json:"accepted"`
	Claims   *backend.Claims `json:"claims,omitempty"`
	Because  string          `json:"because,omitempty"`
}

func answerTo(asked question) answer {
	if asked.Secret != nil {
		return answer{Accepted: backend.IsFromWorker(*asked.Secret)}
	}
	assertion := "" // as http.Header.Get says it of a header that is not there
	if asked.Assertion != nil {
		assertion = *asked.Assertion
	}
	claims, err := backend.Verify(assertion)
	if err != nil {
		return answer{Because: err.Error()}
	}
	return answer{Accepted: true, Claims: claims}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		if err := json.NewEncoder(os.Stdout).Encode(answerTo(asked)); err != nil {
			panic(err)
		}
	}
}
