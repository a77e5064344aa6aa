// How programs use the SDKs for Go of services.
package main

import (
	alibabacloud "github.com/aliyun/credentials-go/credentials"
	hcp "github.com/hashicorp/hcp-sdk-go/config"
	"github.com/stackitcloud/stackit-sdk-go/core/auth"
	"github.com/stackitcloud/stackit-sdk-go/core/clients"
	stackitconfig "github.com/stackitcloud/stackit-sdk-go/core/config"
	tencentcloud "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
)

func alibaba() (func() (credentials, error), error) {
	credential, err := alibabacloud.NewCredential(nil)
	return func() (credentials, error) {
		keys, err := credential.GetCredential()
		if err != nil {
			return nil, err
		}
		return credentials{"token": *keys.SecurityToken}, nil
	}, err
}

func hashicorp() (func() (credentials, error), error) {
	config, err := hcp.NewHCPConfig(hcp.FromEnv(), hcp.WithoutBrowserLogin())
	return func() (credentials, error) {
		token, err := config.Token()
		if err != nil {
			return nil, err
		}
		profile := config.Profile()
		return credentials{"token": token.AccessToken, "project": profile.ProjectID, "organization": profile.OrganizationID}, nil
	}, err
}

func stackit() (func() (credentials, error), error) {
	flow, err := auth.DefaultAuth(&stackitconfig.Configuration{})
	return func() (credentials, error) {
		token, err := flow.(*clients.WorkloadIdentityFederationFlow).GetAccessToken()
		return credentials{"token": token}, err
	}, err
}

func tencent() (func() (credentials, error), error) {
	provider, err := tencentcloud.DefaultTkeOIDCRoleArnProvider()
	return func() (credentials, error) {
		found, err := provider.GetCredential()
		if err != nil {
			return nil, err
		}
		return credentials{"token": found.GetToken()}, nil
	}, err
}
