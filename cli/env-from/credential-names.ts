// The names of keys that become credential variables through `envFrom`, with any prefix.

import { awsCredentials } from '../../lib/providers/aws.ts';
import { azureCredentials } from '../../lib/providers/azure.ts';
import { gcpCredentials } from '../../lib/providers/gcp.ts';
import { allServices } from '../../lib/providers/services/custom-services.ts';
import { toolbox } from '../../lib/providers/toolbox.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';

export class CredentialNames {
  readonly #variables: ReadonlySet<string>;
  /** Every ending of every variable, because the rest may be the prefix. */
  readonly #endings: ReadonlySet<string>;

  constructor(variables: readonly string[]) {
    this.#variables = new Set(variables);
    this.#endings = new Set(variables.flatMap((variable) => Array.from(variable, (_, index) => variable.slice(index))));
  }

  /** The variables that SDKs prefer to an identity: of the clouds, and of services. */
  static async of(settings: MutateSettings): Promise<CredentialNames> {
    const services = await allServices(settings, toolbox);
    const ofClouds = [...awsCredentials, ...azureCredentials, ...gcpCredentials];
    return new CredentialNames([
      ...ofClouds.flatMap(({ variables }) => variables),
      ...services.flatMap(({ otherCredentials = [] }) => otherCredentials),
    ]);
  }

  isCredential(variable: string): boolean {
    return this.#variables.has(variable);
  }

  /** The keys that can become one of the variables. Most objects have none, so thousands fit in memory. */
  possibleIn(keys: readonly string[]): readonly string[] {
    return keys.filter((key) => this.#endings.has(key));
  }
}
