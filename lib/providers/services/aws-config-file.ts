// The AWS config file of a pod with a target role: its place, its content, and the variables that name it.

import { rareAwsFindings } from '../../annotations/rare-aws-findings.ts';
import type { Pod } from '../../kubernetes/pod.ts';
import type { EnvVar, Volume, VolumeMount } from '../plan.ts';
import type { EvaluationInput, Provider } from '../provider.ts';
import type { Toolbox } from '../toolbox.ts';

export const VOLUME = 'cwii-aws-config';
export const FILE_VARIABLE = 'AWS_CONFIG_FILE';
/** Version 1 of the SDK for Go reads the file only with this variable. */
const LOAD_VARIABLE = 'AWS_SDK_LOAD_CONFIG';
/** In the order in which cwii writes them. */
export const VARIABLES = [FILE_VARIABLE, LOAD_VARIABLE];

/** The name of the profile with the role of the pod. */
const SOURCE_PROFILE = 'cwii-pod';

/** The file in the containers of a pod. */
export interface PlacedFile {
  readonly volume: Volume;
  readonly mount: VolumeMount;
  readonly variable: EnvVar;
  readonly identity: readonly EnvVar[];
}

export function placeFile(
  { windows }: Pick<Pod, 'windows'>,
  { settings: { mountRoot } }: Pick<EvaluationInput, 'settings'>,
  { AWS_CONFIG, containerPath, literal }: Toolbox,
): PlacedFile {
  const mountPath = `${mountRoot}/aws-config`;
  const variable = literal(FILE_VARIABLE, containerPath(`${mountPath}/config`, windows));
  const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.annotations['${AWS_CONFIG}']` };
  return {
    volume: { name: VOLUME, downwardAPI: { items: [{ path: 'config', fieldRef }] } },
    mount: { name: VOLUME, mountPath, readOnly: true },
    variable,
    identity: [variable, literal(LOAD_VARIABLE, '1')],
  };
}

/** Containers with a role of their own have the token file, and no config file. */
export function footprintOfFile(
  { footprint }: Provider,
  { AWS_CONFIG, findingFrom }: Toolbox,
): NonNullable<Provider['fileFootprint']> {
  const code = 'aws-config-missing';
  return {
    volumes: [...footprint.volumes, VOLUME],
    fileVariables: [FILE_VARIABLE, ...footprint.fileVariables],
    annotation: { key: AWS_CONFIG, missing: (at) => findingFrom(code, rareAwsFindings[code], at, {}) },
  };
}

export interface ConfigFile {
  /** The role of the pod. */
  readonly role: string;
  readonly target: string;
  readonly externalId: string | undefined;
  readonly tokenPath: string;
  readonly region: string | undefined;
  readonly session: string | undefined;
}

/** No value has a space or a line break: their formats exclude both. */
export function configFile({ role, target, externalId, tokenPath, region, session }: ConfigFile): string {
  const common = { role_session_name: session, region };
  const sections = {
    default: { role_arn: target, source_profile: SOURCE_PROFILE, external_id: externalId, ...common },
    [`profile ${SOURCE_PROFILE}`]: { role_arn: role, web_identity_token_file: tokenPath, ...common },
  };
  return Object.entries(sections)
    .map(([name, values]) => {
      const lines = Object.entries(values).flatMap(([key, value]) =>
        value === undefined ? [] : `${key} = ${value}\n`,
      );
      return `[${name}]\n${lines.join('')}`;
    })
    .join('\n');
}
