// The flags of etcd, kube-apiserver and kube-controller-manager for a fast test cluster on loopback.

import { join } from 'node:path';

export function etcdFlags(directory: string, clientUrl: string): string[] {
  return [
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    // A cluster of one member does not use its peer port: any free one.
    '--listen-peer-urls=http://127.0.0.1:0',
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export interface ApiServerFiles {
  readonly certificate: string;
  readonly certificateKey: string;
  readonly tokens: string;
  readonly signingPrivateKey: string;
  readonly signingPublicKey: string;
  readonly admission?: string | undefined;
  readonly audit?: { readonly policy: string; readonly log: string } | undefined;
}

export function apiServerFlags(port: number, etcdUrl: string, issuer: string, files: ApiServerFiles): string[] {
  return [
    '--bind-address=127.0.0.1',
    // Otherwise it uses the address of the default route, and does not start on a machine without one.
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${files.certificate}`,
    `--tls-private-key-file=${files.certificateKey}`,
    `--etcd-servers=${etcdUrl}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    // Endpoints of the service `kubernetes` must not be loopback addresses, and no test uses them.
    '--endpoint-reconciler-type=none',
    '--authorization-mode=RBAC',
    `--token-auth-file=${files.tokens}`,
    `--service-account-issuer=${issuer}`,
    `--service-account-signing-key-file=${files.signingPrivateKey}`,
    `--service-account-key-file=${files.signingPublicKey}`,
    // As kubeadm sets it: PodSecurity refuses privileged pods.
    '--allow-privileged=true',
    ...(files.admission ? [`--admission-control-config-file=${files.admission}`] : []),
    ...(files.audit ? [`--audit-policy-file=${files.audit.policy}`, `--audit-log-path=${files.audit.log}`] : []),
  ];
}

export interface ControllerManagerFiles {
  readonly kubeconfig: string;
  readonly ca: string;
  readonly signingPrivateKey: string;
}

export function controllerManagerFlags(files: ControllerManagerFiles): string[] {
  return [
    `--kubeconfig=${files.kubeconfig}`,
    `--root-ca-file=${files.ca}`,
    `--service-account-private-key-file=${files.signingPrivateKey}`,
    '--leader-elect=false',
    '--secure-port=0',
  ];
}
