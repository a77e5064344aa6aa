// The report as one HTML file, which needs no server and makes no request.

import { createHash } from 'node:crypto';
import { summaryOf } from '../audit/render-table.ts';
import type { AuditReport } from '../audit/report.ts';
import { type State, stateDocs, states } from '../audit/states.ts';
import { describeChange, type IdentityDiff } from '../preview/identity-diff.ts';
import { html, Markup } from './markup.ts';
import { picture } from './picture.ts';
import { COLUMNS, indexesOf, principalRow, workloadRows } from './rows.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

/**
 * @param title the heading.
 * @param diff the changes to show first, if the report is compared with another one.
 */
export function renderPage(report: AuditReport, title: string, diff?: IdentityDiff): string {
  const { workloads, identities, unusedServiceAccounts, source, summary, unread } = report;
  const indexes = indexesOf(workloads);
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))].sort();
  const clouds = [...new Set(identities.map(({ cloud }) => cloud))].sort();
  // Nothing in the page but its own style and script can have an effect, whatever a manifest says.
  const policy = `default-src 'none'; style-src '${hashOf(STYLE)}'; script-src '${hashOf(SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#workloads">Go to the workloads</a>
<header>
<h1>${title}</h1>
<p class="quiet">${source} · ${summaryOf(report)}</p>
<nav aria-label="Sections"><ul>
<li><a href="#workloads">Workloads</a></li>
<li><a href="#roles">Roles by use</a></li>
<li><a href="#picture">Picture</a></li>
</ul></nav>
</header>
<main>
<section aria-label="Summary">
<div class="states" role="group" aria-label="Show only workloads in these states">
${states.filter((state) => summary.states[state] > 0).map((state) => stateButton(state, summary.states[state]))}
</div>
${unread.length > 0 && html`<ul class="quiet">${unread.map((line) => html`<li>Not checked: ${line}</li>`)}</ul>`}
</section>
${diff && changesSection(diff)}
<section aria-labelledby="workloads-title">
<h2 id="workloads-title">Workloads</h2>
<div class="filters" role="search">
<label>Search<input id="search" type="search" autocomplete="off" placeholder="name, role, reason … (press /)"></label>
${chooser('namespace', 'Namespace', namespaces)}
${chooser('cloud', 'Cloud', clouds)}
<output id="count" aria-live="polite"></output>
</div>
<div class="scroll"><table class="rows" id="workloads">
<caption>Problems come first. A name opens the chain of objects, the values and the pods of its workload.</caption>
<thead><tr>${COLUMNS.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${workloads.map(workloadRows)}</tbody>
</table></div>
</section>
${
  unusedServiceAccounts.length > 0 &&
  html`<section aria-labelledby="unused-title"><h2 id="unused-title">ServiceAccounts that ask, but that no workload runs as</h2>
<ul>${unusedServiceAccounts.map(({ object, cloud, value }) => html`<li>${object}: ${cloud} <code>${value}</code></li>`)}</ul></section>`
}
<section aria-labelledby="roles"><h2 id="roles">Roles by use</h2>
<p class="quiet">Which workloads can become which identity. The cloud trusts the ServiceAccount: further workloads that run as it can become it too if they are changed.</p>
<div class="scroll"><table class="users">
<caption>${identities.length} ${identities.length === 1 ? 'identity' : 'identities'}</caption>
<thead><tr><th scope="col">Identity</th><th scope="col">Cloud</th><th scope="col">ServiceAccounts</th><th scope="col">Workloads</th><th scope="col">Same ServiceAccount</th></tr></thead>
<tbody>
${identities.map((principal) => principalRow(principal, indexes))}</tbody>
</table></div>
</section>
<section aria-labelledby="picture"><h2 id="picture">Picture</h2>
${identities.length > 0 ? picture(identities) : html`<p class="quiet">No workload has or asks for an identity.</p>`}
</section>
</main>
<footer>Made by cwii. This file makes no requests.</footer>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
}

function changesSection({ changes }: IdentityDiff): Markup {
  const rows = changes.map(
    (
      change,
    ) => html`<tr class="${tones[change.change]}"><td><span class="badge">${change.change}</span></td><th scope="row">${change.name} <span class="kind">${change.kind}</span></th><td>${change.namespace}</td><td>${describeChange(change)}</td></tr>
`,
  );
  return html`<section aria-labelledby="changes"><h2 id="changes">Identity changes</h2>
${
  changes.length === 0
    ? html`<p class="quiet">No identity changes.</p>`
    : html`<div class="scroll"><table><thead><tr><th scope="col">Change</th><th scope="col">Workload</th><th scope="col">Namespace</th><th scope="col">Values</th></tr></thead>
<tbody>
${rows}</tbody></table></div>`
}</section>`;
}

/** The classes of states with the colours. */
const tones = { added: 'ok', removed: 'lacking', changed: 'stale' } as const;

function stateButton(state: State, count: number): Markup {
  return html`<button class="${state}" value="${state}" aria-pressed="false" title="${stateDocs[state].meaning}"><b>${count}</b><span class="quiet">${stateDocs[state].title}</span></button>
`;
}

function chooser(id: string, label: string, values: readonly string[]): Markup {
  return html`<label>${label}<select id="${id}"><option value="">all</option>${values.map((value) => html`<option>${value}</option>`)}</select></label>`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
