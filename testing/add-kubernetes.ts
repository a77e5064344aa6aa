// `node testing/add-kubernetes.ts 1.38.1`: writes the module file of one more Kubernetes release for the
// cluster tests, or changes that of the same minor version. Delete the files of a version that is not
// supported any more.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const release = process.argv[2] ?? '';
const [, minor] = /^1\.(\d+)\.\d+$/.exec(release) ?? [];
if (minor === undefined) {
  console.error('name a release, such as 1.38.1');
  process.exit(2);
}

const folder = join(import.meta.dirname, 'control-plane');
const go = (...args: string[]) =>
  execFileSync('go', args, {
    cwd: folder,
    env: { ...process.env, GOWORK: 'off', GOTOOLCHAIN: 'auto' },
    encoding: 'utf8',
  });

const { GoMod } = JSON.parse(go('mod', 'download', '-json', `k8s.io/kubernetes@v${release}`)) as { GoMod: string };
const upstream = readFileSync(GoMod, 'utf8');
// Kubernetes replaces its own libraries by folders of its repository, and publishes them as
// v0.<minor>.<patch>.
const staging = [...upstream.matchAll(/^\s*(?:replace )?(k8s\.io\/\S+) => \.\/staging/gm)].map(([, name]) => name);
const library = `v0.${release.slice('1.'.length)}`;
const name = `go-1.${minor}.mod`;
writeFileSync(
  join(folder, name),
  `module cwii.dev/control-plane

${one(/^go \S+$/m)}

require (
	go.etcd.io/etcd/server/v3 ${one(/(?<=go\.etcd\.io\/etcd\/client\/v3 )v\S+/)}
	k8s.io/kubernetes v${release}
)

replace (
${staging.map((module) => `\t${module} => ${module} ${library}`).join('\n')}
)
`,
);
go('mod', 'tidy', `-modfile=${name}`);
console.error(`wrote ${name}; try it with \`npm run test:cluster -- --kubernetes 1.${minor}\``);

function one(pattern: RegExp): string {
  const text = pattern.exec(upstream)?.[0];
  if (text === undefined) throw new Error(`${GoMod} has no ${pattern}`);
  return text;
}
