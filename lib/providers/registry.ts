// The providers, in the order of `cwii.dev/injected`. Nothing below this switches on a provider's name.

import { aws } from './aws.ts';
import type { Provider } from './provider.ts';

export const providers: readonly Provider[] = [aws];
