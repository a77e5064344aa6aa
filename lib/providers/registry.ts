// The providers, in the order in which they are planned. Nothing below this switches on a provider's name.

import { aws } from './aws.ts';
import { azure } from './azure.ts';
import { gcp } from './gcp.ts';
import type { Provider } from './provider.ts';

export const providers: readonly Provider[] = [aws, azure, gcp];
