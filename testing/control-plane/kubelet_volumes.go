package main

// Makes a pod's projected and downwardAPI volumes with the code of the kubelet. The node around that code is a
// fake: a directory, a mounter that mounts nothing, and an API client.

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	authenticationv1 "k8s.io/api/authentication/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/kubernetes/pkg/volume"
	"k8s.io/kubernetes/pkg/volume/downwardapi"
	"k8s.io/kubernetes/pkg/volume/emptydir"
	"k8s.io/kubernetes/pkg/volume/projected"
	"k8s.io/kubernetes/pkg/volume/util"
	"k8s.io/mount-utils"
)

// kubeletVolumes reads a stored pod from standard input, sets up its volumes in a directory, and prints a JSON
// object with the path of each volume, by its name.
func kubeletVolumes(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("kubelet-volumes", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "kubeconfig of the API server that issues the tokens")
	rootDir := flags.String("root-dir", "", "directory for the volumes, as for the kubelet")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *kubeconfig == "" || *rootDir == "" {
		return errors.New("set --kubeconfig and --root-dir")
	}
	var pod v1.Pod
	if err := json.NewDecoder(stdin).Decode(&pod); err != nil {
		return fmt.Errorf("standard input is not a pod: %w", err)
	}
	node, err := newTestNode(*kubeconfig, *rootDir)
	if err != nil {
		return err
	}
	paths, err := node.setUp(&pod)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(paths)
}

// testNode implements the methods of a node that these volume plugins call. All other methods panic.
type testNode struct {
	volume.VolumeHost
	volume.KubeletVolumeHost
	rootDir string
	client  kubernetes.Interface
	plugins volume.VolumePluginMgr
	mounter mount.Interface
}

func newTestNode(kubeconfig, rootDir string) (*testNode, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	// The kubelet mounts a tmpfs for these volumes; a plain directory has the same files and modes.
	node := &testNode{rootDir: rootDir, client: client, mounter: mount.NewFakeMounter(nil)}
	var plugins []volume.VolumePlugin
	plugins = append(plugins, emptydir.ProbeVolumePlugins()...)
	plugins = append(plugins, projected.ProbeVolumePlugins()...)
	plugins = append(plugins, downwardapi.ProbeVolumePlugins()...)
	return node, node.plugins.InitPlugins(plugins, nil, node)
}

func (node *testNode) setUp(pod *v1.Pod) (map[string]string, error) {
	// As in GenerateMountVolumeFunc of pkg/volume/util/operationexecutor.
	args := volume.MounterArgs{FsUser: util.FsUserFrom(pod)}
	if context := pod.Spec.SecurityContext; context != nil {
		args.FsGroup = context.FSGroup
	}
	paths := map[string]string{}
	for i := range pod.Spec.Volumes {
		source := &pod.Spec.Volumes[i]
		if source.Projected == nil && source.DownwardAPI == nil {
			continue
		}
		spec := volume.NewSpecFromVolume(source)
		plugin, err := node.plugins.FindPluginBySpec(spec)
		if err != nil {
			return nil, err
		}
		mounter, err := plugin.NewMounter(spec, pod)
		if err != nil {
			return nil, err
		}
		if err := mounter.SetUp(args); err != nil {
			return nil, fmt.Errorf("volume %s: %w", source.Name, err)
		}
		paths[source.Name] = mounter.GetPath()
	}
	return paths, nil
}

func (node *testNode) GetPluginDir(plugin string) string {
	return filepath.Join(node.rootDir, "plugins", plugin)
}

func (node *testNode) GetPodPluginDir(uid types.UID, plugin string) string {
	return filepath.Join(node.rootDir, "pods", string(uid), "plugins", plugin)
}

func (node *testNode) GetPodVolumeDir(uid types.UID, plugin, name string) string {
	return filepath.Join(node.rootDir, "pods", string(uid), "volumes", plugin, name)
}

func (node *testNode) GetKubeClient() kubernetes.Interface { return node.client }

func (node *testNode) GetMounter() mount.Interface { return node.mounter }

func (node *testNode) GetNodeAllocatable() (v1.ResourceList, error) { return nil, nil }

// NewWrapperMounter returns the emptyDir that contains these volumes, with the kubelet's name for it.
func (node *testNode) NewWrapperMounter(name string, spec volume.Spec, pod *v1.Pod) (volume.Mounter, error) {
	spec.Volume.Name = "wrapped_" + name
	plugin, err := node.plugins.FindPluginBySpec(&spec)
	if err != nil {
		return nil, err
	}
	return plugin.NewMounter(&spec, pod)
}

func (node *testNode) NewWrapperUnmounter(name string, spec volume.Spec, uid types.UID) (volume.Unmounter, error) {
	spec.Volume.Name = "wrapped_" + name
	plugin, err := node.plugins.FindPluginBySpec(&spec)
	if err != nil {
		return nil, err
	}
	return plugin.NewUnmounter(spec.Name(), uid)
}

type tokenFunc = func(namespace, name string, request *authenticationv1.TokenRequest) (*authenticationv1.TokenRequest, error)

func (node *testNode) GetServiceAccountTokenFunc() tokenFunc {
	return func(namespace, name string, request *authenticationv1.TokenRequest) (*authenticationv1.TokenRequest, error) {
		accounts := node.client.CoreV1().ServiceAccounts(namespace)
		return accounts.CreateToken(context.Background(), name, request, metav1.CreateOptions{})
	}
}

func (node *testNode) DeleteServiceAccountTokenFunc() func(types.UID) { return func(types.UID) {} }

func (node *testNode) GetSecretFunc() func(namespace, name string) (*v1.Secret, error) {
	return func(namespace, name string) (*v1.Secret, error) {
		return node.client.CoreV1().Secrets(namespace).Get(context.Background(), name, metav1.GetOptions{})
	}
}

func (node *testNode) GetConfigMapFunc() func(namespace, name string) (*v1.ConfigMap, error) {
	return func(namespace, name string) (*v1.ConfigMap, error) {
		return node.client.CoreV1().ConfigMaps(namespace).Get(context.Background(), name, metav1.GetOptions{})
	}
}

func runKubeletVolumes(args []string) int {
	if err := kubeletVolumes(args, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "kubelet-volumes: %v\n", err)
		return 1
	}
	return 0
}
