// The list of providers, in the order of evaluation. No other module of lib depends on a provider's name.

import { aws } from './aws.ts';
import { azure } from './azure.ts';
import { gcp } from './gcp.ts';
import type { CloudProvider } from './provider.ts';

export const providers: readonly CloudProvider[] = [aws, azure, gcp];
