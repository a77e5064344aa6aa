package main

// Gets the credentials for a pod's image with the code of the kubelet: it reads a CredentialProviderConfig, requests
// a token for the pod's ServiceAccount, and runs the plugin.

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
)

type imageCredentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// kubeletCredentials reads a stored pod from standard input, and prints the credentials for the image of its first
// container as a JSON array. The kubelet logs why a plugin gave none.
func kubeletCredentials(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("kubelet-credentials", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "kubeconfig of the node")
	config := flags.String("image-credential-provider-config", "", "as for the kubelet")
	binDir := flags.String("image-credential-provider-bin-dir", "", "as for the kubelet")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *kubeconfig == "" || *config == "" || *binDir == "" {
		return errors.New("set all flags")
	}
	var pod v1.Pod
	if err := json.NewDecoder(stdin).Decode(&pod); err != nil {
		return fmt.Errorf("standard input is not a pod: %w", err)
	}
	node, err := newTestNode(*kubeconfig, os.TempDir())
	if err != nil {
		return err
	}
	getServiceAccount := func(namespace, name string) (*v1.ServiceAccount, error) {
		return node.client.CoreV1().ServiceAccounts(namespace).Get(context.Background(), name, metav1.GetOptions{})
	}
	if err := plugin.RegisterCredentialProviderPlugins(*config, *binDir, node.GetServiceAccountTokenFunc(), getServiceAccount); err != nil {
		return err
	}
	keyring := plugin.NewExternalCredentialProviderDockerKeyring(
		pod.Namespace, pod.Name, string(pod.UID), pod.Spec.ServiceAccountName)
	found, _ := keyring.Lookup(pod.Spec.Containers[0].Image)
	credentials := []imageCredentials{}
	for _, one := range found {
		credentials = append(credentials, imageCredentials{Username: one.Username, Password: one.Password})
	}
	return json.NewEncoder(stdout).Encode(credentials)
}

func runKubeletCredentials(args []string) int {
	if err := kubeletCredentials(args, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "kubelet-credentials: %v\n", err)
		return 1
	}
	return 0
}
