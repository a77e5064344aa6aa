// The codes of the category Issuer.

import type { CheckCodeDocs } from '../check-codes.ts';

export const issuerCodes = {
  'issuer-token': {
    description: 'the API server signs ServiceAccount tokens',
    meaning:
      'A TokenRequest for the ServiceAccount `default`, in the namespace of the context, `default` or `kube-system`, returns a token of ten minutes with the audience `cwii-check`, which nobody accepts. It creates no object, and the token is not kept. The other checks compare its issuer, algorithm and key.',
    remedy:
      "Follow the API server's message. Your user needs `create` on `serviceaccounts/token` in one of the namespaces.",
  },
  'issuer-matches': {
    description: 'tokens have the issuer of cwii.yaml',
    meaning:
      'The `iss` of a fresh token is compared with `issuer` in cwii.yaml byte by byte, as every cloud does. A slash at the end is a difference. If this check fails, no cloud accepts a token, and the published documents are not checked.',
    remedy:
      'Make the issuer the first `--service-account-issuer` of every API server, or correct cwii.yaml and deploy.',
  },
  'issuer-url': {
    description: 'clouds accept the URL of the issuer',
    meaning:
      "The issuer must be an https URL without a port, a query and a slash at the end, on a host that is public. Private ones are names such as `kubernetes.default.svc`, kubeadm's default.",
    remedy: 'Publish the issuer at a public URL; `issuerHosting` in cwii.yaml does that.',
  },
  'issuer-distribution': {
    description: "the issuer is on the stack's own distribution",
    meaning:
      "An issuer on a name of CloudFront's own must have the name in the stack output IssuerDistributionDomain. The owner of another distribution could publish keys that your clouds trust.",
    remedy: 'Write the value of IssuerDistributionDomain into `issuer` in cwii.yaml, and deploy.',
  },
  'issuer-algorithms': {
    description: 'the clouds accept the signing key',
    meaning:
      'The algorithm of a fresh token and the type and size of its key are compared with what each enabled cloud accepts: AWS takes RSA and EC, GCP RS256 and ES256, Azure RS256 only. RSA keys need 2048 bits. No cloud takes ML-DSA.',
    remedy: 'Let the API server sign with an RSA key, or disable the clouds that you do not use in cwii.yaml.',
  },
  'issuer-reachable': {
    description: "the issuer's host answers",
    meaning:
      'The discovery document is fetched from this machine as a cloud fetches it. A cloud that cannot connect to the host rejects every token.',
    remedy:
      'Look at the DNS record, the distribution and the firewall of the host. It must be reachable from the internet on port 443.',
  },
  'issuer-certificate': {
    description: "public authorities vouch for the issuer's certificate",
    meaning:
      "The certificate must be valid, have the issuer's host as a name, and be issued by a public authority. Roots that only this machine trusts do not count. The check warns if it expires in less than three days.",
    remedy: 'Serve a certificate of a public authority, and renew it in time.',
  },
  'issuer-discovery': {
    description: 'the discovery document is published',
    meaning:
      '`/.well-known/openid-configuration` below the issuer must answer 200 with a JSON object, without a redirect. AWS and others do not follow one.',
    remedy: 'Run the issuer function and read its log, or upload the document (docs/issuer.md).',
  },
  'issuer-content-type': {
    description: 'the discovery document has the content type application/json',
    meaning: 'OpenID Connect Discovery requires it. A cloud may reject a document with another content type.',
    remedy: 'Store the object with the content type `application/json`.',
  },
  'issuer-document': {
    description: 'the discovery document is about the issuer',
    meaning:
      'Its `issuer` must be the issuer byte by byte. It must have the lists that OpenID Connect Discovery requires.',
    remedy: 'Publish the document that docs/issuer.md shows; the issuer function writes it.',
  },
  'issuer-jwks-uri': {
    description: 'clouds accept the jwks_uri',
    meaning: 'The URL of the keys must be a public https URL without a port, as that of the issuer.',
    remedy: 'Publish a discovery document with the public URL of the keys. That of the API server is not public.',
  },
  'issuer-jwks': {
    description: 'a key set is published',
    meaning:
      'The document at `jwks_uri` must be a key set that clouds can read, fetched under the same rules as the discovery document. Each key needs an ID, a type and a size that clouds accept, and no private part.',
    remedy: "Publish the API server's key set unchanged. Replace a key whose private part was published.",
  },
  'issuer-keys': {
    description: "the API server's other keys are published",
    meaning:
      "Every key of the API server's `/openid/v1/jwks` is compared with the published keys, by its ID and its content. A key that does not sign yet must be published before it does, and an old one until its last token expired.",
    remedy: 'Run the issuer function, or upload the key set. During a rotation, wait until the function has run.',
  },
  'issuer-signing-key': {
    description: 'the published key verifies a fresh token',
    meaning:
      'The key ID of a fresh token must be among the published keys, and that key must verify the signature. The discovery document must list the algorithm. Otherwise clouds reject every new token.',
    remedy: 'Run the issuer function and read its log, or upload the key set of the API server.',
  },
  'issuer-answer-time': {
    description: 'the documents are served quickly',
    meaning: 'AWS waits five seconds for an answer. The check warns if both of two attempts take two seconds or more.',
    remedy: 'Serve the documents from a cache, such as CloudFront.',
  },
  'issuer-clock': {
    description: 'the clocks agree',
    meaning:
      "The Date headers of the API server and of the issuer's host are compared with each other and with this machine's clock, as exactly as whole seconds allow. Clouds reject tokens of a clock that is a minute ahead. The check warns from five seconds on.",
    remedy: 'Synchronize the clocks of the control plane nodes with NTP.',
  },
} as const satisfies Record<string, CheckCodeDocs>;
