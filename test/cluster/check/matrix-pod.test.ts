// `cwii check pod`: why a pod lacks an identity, or has another one than it should have.

import { describeFaults } from './fault-matrix.ts';
import { ageFaults } from './pod-age-faults.ts';
import { containerFaults } from './pod-container-faults.ts';
import { requestFaults } from './pod-request-faults.ts';

describeFaults('one pod', [...requestFaults, ...ageFaults, ...containerFaults]);
