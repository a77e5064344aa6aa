// One binary with all programs of the tests' control plane. The first argument selects the program: etcd,
// kube-apiserver, kube-controller-manager or kubectl, each unchanged, kubelet-volumes, which makes the volumes of
// one pod, or kubelet-credentials, which gets the credentials for its image.
package main

import (
	"fmt"
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: control-plane etcd|kube-apiserver|kube-controller-manager|kubectl|kubelet-volumes|kubelet-credentials [flags]")
		os.Exit(2)
	}
	program := os.Args[1]
	args := append([]string{program}, os.Args[2:]...)
	switch program {
	case "etcd":
		etcdmain.Main(args)
	case "kube-apiserver":
		os.Args = args
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Args = args
		os.Exit(cli.Run(controllermanager.NewControllerManagerCommand()))
	case "kubectl":
		os.Args = args
		if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
			util.CheckErr(err)
		}
	case "kubelet-volumes":
		os.Exit(runKubeletVolumes(os.Args[2:]))
	case "kubelet-credentials":
		os.Exit(runKubeletCredentials(os.Args[2:]))
	default:
		fmt.Fprintf(os.Stderr, "control-plane: unknown program %q; use etcd, kube-apiserver, kube-controller-manager, kubectl, kubelet-volumes or kubelet-credentials\n", program)
		os.Exit(2)
	}
}
