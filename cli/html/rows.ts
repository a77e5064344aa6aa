// The rows of the HTML report: a workload with its chain, values, pods and findings; a role with its users.

import { identityOf, podsOf } from '../audit/render-table.ts';
import { podCount, type ReportedPrincipal, type ReportedWorkload, workloadName } from '../audit/report.ts';
import { type State, stateDocs } from '../audit/states.ts';
import { html, type Markup } from './markup.ts';

export const COLUMNS = ['Workload', 'Namespace', 'State', 'Identity', 'Pods', 'Reason'] as const;

/** A row, and the row below it that opens. */
export function workloadRows(workload: ReportedWorkload, index: number): Markup {
  const { namespace, kind, name, state, reasons, pods, asks, identities } = workload;
  const clouds = new Set(
    [...asks, ...identities, ...pods.flatMap((group) => group.identities)].map(({ cloud }) => cloud),
  );
  const [first, ...others] = reasons;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return html`<tr class="workload ${state}" id="w${index}" data-state="${state}" data-namespace="${namespace}" data-clouds="${[...clouds].join(' ')}">
<th scope="row"><button class="name" aria-expanded="false" aria-controls="d${index}">${name} <span class="kind">${kind}</span></button></th>
<td>${namespace}</td>
<td>${badge(state)}</td>
<td>${identityOf(workload)}</td>
<td class="number">${podCount(pods) === 0 ? '–' : podsOf(workload)}</td>
<td class="reason">${first && html`${first.cause}${more}`}</td>
</tr>
<tr class="more" id="d${index}" hidden><td colspan="${COLUMNS.length}">${details(workload)}</td></tr>
`;
}

export function badge(state: State): Markup {
  return html`<span class="badge ${state}">${stateDocs[state].title}</span>`;
}

function details(workload: ReportedWorkload): Markup {
  const { chain, missing, values, reasons, findings, restart } = workload;
  const others = findings.filter(
    (finding) => !reasons.some(({ code, cause }) => code === finding.code && cause === finding.cause),
  );
  return html`${
    reasons.length > 0 &&
    html`<h3>Reasons</h3><ul class="plain">${reasons.map(
      ({ code, cause, remedy }) =>
        html`<li>${cause} <code>${code}</code>${remedy && html`<br><span class="remedy">→ ${remedy}</span>`}</li>`,
    )}</ul>`
  }${restart && html`<h3>Command</h3><code>${restart}</code>`}
<h3>Chain, the first object that sets a value counts</h3>
<ol class="chain">${chain.map(({ object }) => html`<li>${object}</li>`)}</ol>
${missing.length > 0 && html`<p class="quiet">Not found: ${missing.join(', ')}</p>`}
${
  values.length > 0 &&
  html`<div class="scroll"><table><thead><tr><th scope="col">Annotation</th><th scope="col">Value</th><th scope="col">Set on</th></tr></thead>
<tbody>${values.map(
    ({ key, value, object }) =>
      html`<tr><th scope="row"><code>${key}</code></th><td><code>${value}</code></td><td>${object}</td></tr>`,
  )}</tbody></table></div>`
}
${identities('A new pod gets', workload.identities)}
${workload.pods.map(podGroup)}
${
  others.length > 0 &&
  html`<h3>Findings</h3><ul class="plain">${others.map(
    ({ code, cause, remedy }) =>
      html`<li>${cause} <code>${code}</code><br><span class="remedy">→ ${remedy}</span></li>`,
  )}</ul>`
}`;
}

const MOST_PODS = 12;

function podGroup({
  state,
  names,
  identities: held,
  oldReplicaSet,
  serviceAccount,
  reasons,
}: ReportedWorkload['pods'][number]): Markup {
  const shown = names.slice(0, MOST_PODS).join(', ');
  const more = names.length > MOST_PODS ? ` and ${names.length - MOST_PODS} more` : '';
  return html`<h3>${names.length} running ${names.length === 1 ? 'pod' : 'pods'} ${badge(state)}</h3>
<p><code>${shown}${more}</code></p>
<p class="quiet">ServiceAccount ${serviceAccount}${oldReplicaSet && `, old ReplicaSet ${oldReplicaSet}`}${reasons.map(({ cause }) => `; ${cause}`)}</p>
${identities('They have', held)}`;
}

function identities(title: string, list: ReportedWorkload['identities']): Markup | false {
  return (
    list.length > 0 &&
    html`<p class="quiet">${title}</p><ul class="plain">${list.map(
      ({ cloud, containers, values }) =>
        html`<li>${cloud} in ${containers.join(', ')}: ${Object.entries(values).map(
          ([name, value], index) => html`${index > 0 && ', '}${name} <code>${value}</code>`,
        )}</li>`,
    )}</ul>`
  );
}

/** @param indexes the number of each workload's row, by its name. */
export function principalRow(
  { cloud, name, account, serviceAccounts, workloads, sameServiceAccount }: ReportedPrincipal,
  indexes: ReadonlyMap<string, number>,
): Markup {
  return html`<tr><th scope="row"><code>${name}</code></th><td>${cloud}${account !== undefined && html`<br><span class="quiet">${account}</span>`}</td>
<td>${folded(serviceAccounts.map((subject) => html`${subject}`))}</td>
<td>${folded(workloads.map((workload) => linkTo(workload, indexes)))}</td>
<td>${sameServiceAccount.length > 0 ? folded(sameServiceAccount.map((workload) => linkTo(workload, indexes))) : html`<span class="quiet">none</span>`}</td></tr>
`;
}

const MOST_LINES = 5;

function folded(items: readonly Markup[]): Markup {
  const lines = (list: readonly Markup[]) => list.map((item, index) => html`${index > 0 && html`<br>`}${item}`);
  if (items.length <= MOST_LINES + 1) return html`${lines(items)}`;
  const rest = items.length - MOST_LINES;
  return html`${lines(items.slice(0, MOST_LINES))}<details><summary>${rest} more</summary>${lines(items.slice(MOST_LINES))}</details>`;
}

function linkTo(name: string, indexes: ReadonlyMap<string, number>): Markup {
  return html`<a href="#w${indexes.get(name) ?? ''}">${name}</a>`;
}

export function indexesOf(workloads: readonly ReportedWorkload[]): Map<string, number> {
  return new Map(workloads.map((workload, index) => [workloadName(workload), index]));
}
