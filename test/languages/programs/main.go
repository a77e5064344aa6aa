// The program in the container: asks SDKs for Go for credentials without options, and prints the results.
//
// The arguments are names of services.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	hcp "github.com/hashicorp/hcp-sdk-go/config"
	"github.com/stackitcloud/stackit-sdk-go/core/auth"
	"github.com/stackitcloud/stackit-sdk-go/core/clients"
	stackit "github.com/stackitcloud/stackit-sdk-go/core/config"
)

type credentials map[string]string

var ways = map[string]func() (credentials, error){
	"hcp": func() (credentials, error) {
		config, err := hcp.NewHCPConfig(hcp.FromEnv(), hcp.WithoutBrowserLogin())
		if err != nil {
			return nil, err
		}
		token, err := config.Token()
		if err != nil {
			return nil, err
		}
		profile := config.Profile()
		return credentials{"token": token.AccessToken, "project": profile.ProjectID, "organization": profile.OrganizationID}, nil
	},
	"stackit": func() (credentials, error) {
		flow, err := auth.DefaultAuth(&stackit.Configuration{})
		if err != nil {
			return nil, err
		}
		token, err := flow.(*clients.WorkloadIdentityFederationFlow).GetAccessToken()
		return credentials{"token": token}, err
	},
}

func main() {
	results := map[string]any{}
	for _, service := range os.Args[1:] {
		found, err := ways[service]()
		if err != nil {
			results[service] = map[string]any{"error": map[string]string{"name": fmt.Sprintf("%T", err), "message": err.Error()}}
		} else {
			results[service] = map[string]any{"credentials": found}
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		panic(err)
	}
}
