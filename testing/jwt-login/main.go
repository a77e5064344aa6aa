// Serves the JWT login of Vault and OpenBao with the backend of the release, and storage in memory.
//
// It has the paths below auth/jwt without the rest of a Vault: no tokens for clients, and no authentication of who
// writes the configuration. It prints its address.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	jwtauth "github.com/hashicorp/vault-plugin-auth-jwt"
	"github.com/hashicorp/vault/sdk/logical"
)

const mount = "/v1/auth/jwt/"

func main() {
	config := logical.TestBackendConfig()
	config.StorageView = &logical.InmemStorage{}
	backend, err := jwtauth.Factory(context.Background(), config)
	check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Printf("http://%s\n", listener.Addr())
	http.HandleFunc("POST "+mount, func(answer http.ResponseWriter, asked *http.Request) {
		request := &logical.Request{
			Operation:  logical.UpdateOperation,
			Path:       strings.TrimPrefix(asked.URL.Path, mount),
			Storage:    config.StorageView,
			Connection: &logical.Connection{RemoteAddr: asked.RemoteAddr},
		}
		if err := json.NewDecoder(asked.Body).Decode(&request.Data); err != nil {
			logical.RespondError(answer, http.StatusBadRequest, err)
			return
		}
		respond(answer, backend, request)
	})
	check(http.Serve(listener, nil))
}

func respond(answer http.ResponseWriter, backend logical.Backend, request *logical.Request) {
	isChecked, exists, err := backend.HandleExistenceCheck(context.Background(), request)
	if isChecked && !exists {
		request.Operation = logical.CreateOperation
	}
	var response *logical.Response
	if err == nil {
		response, err = backend.HandleRequest(context.Background(), request)
	}
	if status, failed := logical.RespondErrorCommon(request, response, err); failed != nil || status >= 400 {
		if failed == nil {
			failed = errors.New(http.StatusText(status))
		}
		logical.RespondError(answer, status, failed)
		return
	}
	if response == nil {
		answer.WriteHeader(http.StatusNoContent)
		return
	}
	check(json.NewEncoder(answer).Encode(logical.LogicalResponseToHTTPResponse(response)))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
