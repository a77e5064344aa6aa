// The program in the container: asks an SDK for Go for credentials without options.
//
// The argument is the name of a cloud or a service. It prints the result as a line, and asks again for each line
// of standard input.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type credentials map[string]string

// How a program asks its SDK: once at the start, and then whenever it needs credentials.
type way func() (func() (credentials, error), error)

var ways = map[string]way{
	"alibaba": alibaba,
	"aws":     aws,
	"azure":   azure,
	"gcp":     gcp,
	"hcp":     hashicorp,
	"stackit": stackit,
	"tencent": tencent,
}

func main() {
	ask, failed := ways[os.Args[1]]()
	lines := bufio.NewScanner(os.Stdin)
	for {
		var found credentials
		err := failed
		if err == nil {
			found, err = ask()
		}
		var result any = map[string]any{"credentials": found}
		if err != nil {
			result = map[string]any{"error": map[string]string{"name": fmt.Sprintf("%T", err), "message": err.Error()}}
		}
		if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
			panic(err)
		}
		if !lines.Scan() {
			return
		}
	}
}
