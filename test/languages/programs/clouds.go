// How programs use the SDKs for Go of AWS, Azure and Google.
package main

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/aws/aws-sdk-go-v2/config"
	"golang.org/x/oauth2/google"
)

func aws() (func() (credentials, error), error) {
	found, err := config.LoadDefaultConfig(context.Background())
	return func() (credentials, error) {
		keys, err := found.Credentials.Retrieve(context.Background())
		return credentials{"key": keys.AccessKeyID, "sessionToken": keys.SessionToken, "region": found.Region}, err
	}, err
}

func azure() (func() (credentials, error), error) {
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	return func() (credentials, error) {
		options := policy.TokenRequestOptions{Scopes: []string{"https://vault.azure.net/.default"}}
		token, err := credential.GetToken(context.Background(), options)
		return credentials{"token": token.Token}, err
	}, err
}

func gcp() (func() (credentials, error), error) {
	found, err := google.FindDefaultCredentials(context.Background(), "https://www.googleapis.com/auth/cloud-platform")
	return func() (credentials, error) {
		token, err := found.TokenSource.Token()
		if err != nil {
			return nil, err
		}
		return credentials{"token": token.AccessToken}, nil
	}, err
}
