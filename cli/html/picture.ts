// A picture of who becomes whom: ServiceAccounts, their roles, and the accounts of these, as SVG.

import { shortName } from '../audit/render-table.ts';
import type { ReportedPrincipal } from '../audit/report.ts';
import { html, type Markup } from './markup.ts';

/** More would be no picture any more. The table of roles has all of them. */
const MOST_ROLES = 30;
const MOST_SERVICE_ACCOUNTS = 3;

const LINE = 24;
const GAP = 14;
const WIDTH = 1180;
const column = { serviceAccount: 20, role: 470, account: 880 };
const boxWidth = { serviceAccount: 290, role: 290, account: 280 };

interface Placed {
  readonly role: ReportedPrincipal;
  readonly names: readonly string[];
  readonly top: number;
  readonly middle: number;
}

export function picture(principals: readonly ReportedPrincipal[]): Markup {
  const shown = principals
    .toSorted((one, other) => other.workloads.length - one.workloads.length)
    .slice(0, MOST_ROLES)
    .toSorted((one, other) => (accountOf(one) < accountOf(other) ? -1 : 1));
  let top = 52;
  const placed = shown.map((role): Placed => {
    const names = namesOf(role);
    const height = names.length * LINE;
    const place = { role, names, top, middle: top + height / 2 };
    top += height + GAP;
    return place;
  });
  const accounts = [...Map.groupBy(placed, ({ role }) => accountOf(role))].map(([name, roles]) => {
    const middle = roles.reduce((sum, role) => sum + role.middle, 0) / roles.length;
    return { name, roles, middle };
  });
  const left = principals.length - shown.length;
  return html`<figure>
<div class="scroll" tabindex="0" role="region" aria-label="Picture of ServiceAccounts, roles and accounts">
<svg viewBox="0 0 ${WIDTH} ${top + 8}" role="img" aria-labelledby="picture-title picture-text">
<title id="picture-title">ServiceAccounts, the identities that they become, and the accounts of these</title>
<desc id="picture-text">The table of roles has the same as text.</desc>
<text class="quiet" x="${column.serviceAccount}" y="30">ServiceAccount</text>
<text class="quiet" x="${column.role}" y="30">role, client or service account</text>
<text class="quiet" x="${column.account}" y="30">account, tenant or project</text>
${placed.map(roleMarkup)}
${accounts.map(
  ({ name, roles, middle }) =>
    html`${roles.map((role) =>
      curve(column.role + boxWidth.role, role.middle, column.account, middle),
    )}${box(column.account, middle, boxWidth.account, name)}`,
)}
</svg>
</div>
<figcaption>${
    left > 0
      ? `The ${shown.length} identities with the most workloads; ${left} more are in the table.`
      : 'Every identity that a workload has or asks for.'
  }</figcaption>
</figure>`;
}

function roleMarkup({ role, names, top, middle }: Placed): Markup {
  const right = column.serviceAccount + boxWidth.serviceAccount;
  return html`${names.map((name, index) => {
    const y = top + index * LINE + LINE / 2;
    return html`${curve(right, y, column.role, middle)}${box(column.serviceAccount, y, boxWidth.serviceAccount, name)}`;
  })}${box(column.role, middle, boxWidth.role, shortName(role.name))}`;
}

function namesOf({ serviceAccounts }: ReportedPrincipal): readonly string[] {
  if (serviceAccounts.length <= MOST_SERVICE_ACCOUNTS) return serviceAccounts;
  const names = serviceAccounts.slice(0, MOST_SERVICE_ACCOUNTS - 1);
  return [...names, `and ${serviceAccounts.length - names.length} more`];
}

function accountOf({ cloud, account }: ReportedPrincipal): string {
  return account === undefined ? cloud : `${cloud} ${account}`;
}

/** About seven units a character. */
function box(x: number, y: number, width: number, text: string): Markup {
  const most = Math.floor((width - 20) / 7.2);
  const shown = text.length > most ? `${text.slice(0, most / 2)}…${text.slice(-most / 2 + 1)}` : text;
  return html`<g><title>${text}</title><rect x="${x}" y="${y - 10}" width="${width}" height="20" rx="6"/><text x="${x + 10}" y="${y + 4.5}">${shown}</text></g>`;
}

function curve(fromX: number, fromY: number, toX: number, toY: number): Markup {
  const bend = (fromX + toX) / 2;
  return html`<path d="M${fromX} ${fromY}C${bend} ${fromY} ${bend} ${toY} ${toX} ${toY}"/>`;
}
