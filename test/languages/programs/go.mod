// The program with the SDKs for Go of services that test/languages/services.test.ts runs.
module cwii.dev/test/languages

go 1.26

require (
	github.com/hashicorp/hcp-sdk-go v0.175.0
	github.com/stackitcloud/stackit-sdk-go/core v0.27.1
)

require (
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/mitchellh/colorstring v0.0.0-20190213212951-d06e56a500db // indirect
	github.com/skratchdot/open-golang v0.0.0-20200116055534-eef842397966 // indirect
	github.com/xeipuuv/gojsonpointer v0.0.0-20190905194746-02993c407bfb // indirect
	golang.org/x/oauth2 v0.30.0 // indirect
)
