// A pod of a Deployment as the API server sends it (about 3 KB with its review), and the annotations of its
// ServiceAccount and namespace.

export const scopes = [
  {
    namespace: 'shop',
    serviceAccount: 'checkout',
    annotations: { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/shop-checkout' },
  },
  { namespace: 'shop', annotations: { 'cwii.dev/aws-region': 'eu-central-1' } },
];

const apiToken = {
  name: 'kube-api-access-x7k2p',
  readOnly: true,
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
};

export const podOfDeployment = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    generateName: 'checkout-6d5f8c7b9f-',
    namespace: 'shop',
    labels: { app: 'checkout', 'pod-template-hash': '6d5f8c7b9f' },
    annotations: { 'prometheus.io/scrape': 'true' },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'checkout-6d5f8c7b9f', uid: 'u', controller: true },
    ],
  },
  spec: {
    volumes: [
      {
        name: apiToken.name,
        projected: {
          defaultMode: 420,
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          ],
        },
      },
      { name: 'tmp', emptyDir: {} },
    ],
    containers: [
      {
        name: 'checkout',
        image: 'registry.example.com/shop/checkout:1.2.3',
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
        env: Array.from({ length: 20 }, (_, index) => ({ name: `SETTING_${index}`, value: `value number ${index}` })),
        resources: { limits: { memory: '512Mi' }, requests: { cpu: '100m', memory: '256Mi' } },
        volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, apiToken],
        imagePullPolicy: 'IfNotPresent',
      },
      { name: 'proxy', image: 'registry.example.com/mesh/proxy:1.2.3', resources: {}, volumeMounts: [apiToken] },
    ],
    restartPolicy: 'Always',
    serviceAccountName: 'checkout',
    securityContext: {},
    tolerations: ['not-ready', 'unreachable'].map((state) => ({
      key: `node.kubernetes.io/${state}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
  },
  status: {},
};
