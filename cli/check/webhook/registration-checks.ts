// Checks that the webhook is registered as `cwii manifests` would register it.

import { STATIC_WEBHOOKS } from '../../manifests/names.ts';
import { type Check, failed, type Outcome, passed, Skipped } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { type Difference, describe, differencesOf } from './compare-objects.ts';
import { nameOf, PODS_WEBHOOK, registeredObject, registeredObjects, remedyFor } from './registered-object.ts';
import {
  expectedRegistration,
  expectedUrl,
  podsWebhookOf,
  registeredUrl,
  registration,
  type StaticState,
  shownUrl,
  staticFiles,
  staticRegistration,
} from './registration.ts';

export const registered: Check = {
  code: 'webhook-registered',
  run: async (context) => {
    const found = await context.fact(registeredObject);
    if (!found) return outcomeOfFiles(await context.fact(staticRegistration));
    if (!found.webhooks?.some(({ name }) => name === PODS_WEBHOOK))
      return failed(
        `${nameOf(found)} has no webhook ${PODS_WEBHOOK}, so the API server does not send pods`,
        remedyFor(found),
      );
    if ((await context.fact(staticFiles)) === 'same') return passed(IN_BOTH);
    const others = (await context.fact(registeredObjects)).filter((one) => one !== found);
    if (others.length > 0)
      return passed(`${[found, ...others].map(({ metadata }) => metadata.name).join(' and ')}; compared is the first`);
    return passed(found.metadata.name === 'cwii' ? undefined : `as ${found.metadata.name}`);
  },
};

const IN_BOTH =
  'as an object, and in the files of the API server; delete the object when all API servers have the files';

/** Without the object: the files of the API server, which no API shows. */
function outcomeOfFiles(state: StaticState): Outcome {
  switch (state) {
    case 'same':
      return passed('in the files of the API server: by their digest, those of `cwii manifests --static`');
    case 'called':
      return passed('in the files of the API server, which cannot be read: a dry run shows that it is called');
    case 'other':
      return failed(
        `${nameOf()} does not exist, and a dry run does not show cwii in the files of the API server, which have other content than cwii.yaml`,
        `run \`cwii manifests --static\`, and copy ${STATIC_WEBHOOKS}/ to each control-plane node; name the same --webhook-ca here`,
      );
    case 'absent':
      return failed(`${nameOf()} does not exist, so the API server does not call cwii`, remedyFor());
  }
}

/** A registration that is known only by its effect cannot be compared. @throws {Skipped} */
async function requireContent(context: CheckContext): Promise<void> {
  if (!(await context.fact(registeredObject)) && (await context.fact(staticRegistration)) === 'called')
    throw new Skipped('the registration is in the files of the API server, which cannot be read');
}

export const url: Check = {
  code: 'webhook-url',
  needs: ['webhook-registered'],
  run: async (context) => {
    await requireContent(context);
    const [found, expected] = [await registeredUrl(context), await context.fact(expectedUrl)];
    if (found.href === new URL(expected).href) return passed(found.host);
    return failed(
      `the API server calls ${shownUrl(found.href)}, but the stack has ${shownUrl(expected)}`,
      remedyFor(await context.fact(registeredObject)),
    );
  },
};

/** The fields that decide which requests the API server sends. */
const SELECTS = /^webhooks\[[^\]]+\]\.(namespaceSelector|objectSelector|rules|matchConditions|matchPolicy)\b/;

export const selectors = registrationCheck('webhook-selectors', ({ path }) => SELECTS.test(path));
export const settings = registrationCheck('webhook-settings', ({ path }) => !SELECTS.test(path));

function registrationCheck(
  code: 'webhook-selectors' | 'webhook-settings',
  isOurs: (one: Difference) => boolean,
): Check {
  return {
    code,
    needs: ['webhook-registered'],
    run: async (context): Promise<Outcome> => {
      await requireContent(context);
      const differences = (await registrationDifferences(context)).filter(isOurs);
      const object = await context.fact(registeredObject);
      if (differences.length > 0) return failed(`in ${nameOf(object)}, ${describe(differences)}`, remedyFor(object));
      const { failurePolicy, timeoutSeconds } = await podsWebhookOf(context);
      return passed(code === 'webhook-settings' ? `${failurePolicy}, ${timeoutSeconds} s` : undefined);
    },
  };
}

async function registrationDifferences(context: CheckContext): Promise<Difference[]> {
  const found = (await context.fact(registration)) ?? {};
  const differences = differencesOf(found, await expectedRegistration(context));
  // A URL can have a key in its path.
  return differences.map((one) => ({
    ...one,
    found: shownUrl(one.found),
    expected: shownUrl(one.expected),
  }));
}
