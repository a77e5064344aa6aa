// The part of a template that the emulator can deploy: without the types that it does not know, and with
// stand-ins for what they would be called by.

import type { Json } from '../../infra/synth.ts';
import { account, region } from './emulated-aws.ts';

/** @param unknown the types to leave out. Outputs and CDK's own check of its bootstrap version go too. */
export function knownPart(template: Json, unknown: readonly string[]): Json {
  const entries: [string, Json][] = Object.entries(template.Resources);
  const removed = new Map(entries.filter(([, { Type }]) => unknown.includes(Type)).map(([id, { Type }]) => [id, Type]));
  const Resources = Object.fromEntries(
    entries
      .filter(([id]) => !removed.has(id))
      .map(([id, resource]) => {
        const awaited = [resource.DependsOn ?? []].flat().filter((other: string) => !removed.has(other));
        return [id, { ...withStandIns(resource, removed), DependsOn: awaited }];
      }),
  );
  return { Resources };
}

/** The ARN, or whatever else a removed resource is referred to by. */
export function standIn(type: string, id: string): string {
  if (type === 'AWS::IAM::OIDCProvider') return `arn:aws:iam::${account}:oidc-provider/stand-in/${id}`;
  if (type === 'AWS::SecretsManager::Secret') return `arn:aws:secretsmanager:${region}:${account}:secret:${id}-AbCdEf`;
  return id;
}

function withStandIns(value: Json, removed: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((item) => withStandIns(item, removed));
  if (typeof value !== 'object' || value === null) return value;
  const id = value.Ref ?? value['Fn::GetAtt']?.[0];
  const type = removed.get(id);
  if (type !== undefined) return standIn(type, id);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withStandIns(item, removed)]));
}
