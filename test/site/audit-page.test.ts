// The page of `cwii audit -o html` in a browser, with 2,000 workloads: filter, search, keyboard, no request.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { largeCluster, listOf } from '../cli/audit/large-cluster.ts';
import { asks, deployment, namespace, serviceAccount, textOf } from '../cli/audit/objects.ts';
import { cwii, folderOf } from '../cli/command.ts';
import { type Browser, startBrowser } from './browser.ts';

let folder: Awaited<ReturnType<typeof folderOf>>;
let browser: Browser;
let page: Page;
/** Messages of the console, such as of the content security policy, and requests. */
const messages: string[] = [];
const requests: string[] = [];

const open = async (name: string, objects: string) => {
  const { stdout } = await cwii(['audit', '-f', '-', '-o', 'html'], { stdin: objects });
  const path = join(folder.path, name);
  await writeFile(path, stdout);
  messages.length = requests.length = 0;
  await page.goto(pathToFileURL(path).href);
};

beforeAll(async () => {
  folder = await folderOf({});
  browser = await startBrowser();
  browser.context.on('console', (message) => messages.push(message.text()));
  browser.context.on('weberror', (error) => messages.push(error.error().message));
  browser.context.on('request', (request) => requests.push(request.url()));
  page = await browser.context.newPage();
});
afterAll(async () => {
  await browser?.stop();
  await folder?.[Symbol.asyncDispose]();
});

/** The names of the workloads that are shown. */
const shown = () => page.locator('#workloads tr.workload:visible .name').allTextContents();
const count = () => page.locator('#count').textContent();

describe('the page of 2,000 workloads', () => {
  beforeAll(async () => {
    await open('large.html', await listOf(largeCluster(2000, 1)));
  });
  beforeEach(async () => {
    await page.reload();
  });

  it('loads without errors, and without a request but for itself', async () => {
    requests.length = 0;
    await page.reload();

    expect(await count()).toBe('2000 of 2000 workloads');
    expect(messages).toEqual([]);
    expect(requests).toEqual([page.url()]);
  });

  it('finds workloads by words in any order, also in what is folded', async () => {
    await page.locator('#search').fill('team-03 app-1083');
    await page.locator('#count', { hasText: '1 of 2000 workloads' }).waitFor();

    expect(await shown()).toEqual(['app-1083 Deployment']);
  });

  it('filters by state, namespace and cloud', async () => {
    await page.locator('.states button', { hasText: 'stale' }).click();
    await page.locator('#namespace').selectOption('team-05');

    const rows = page.locator('#workloads tr.workload:visible');
    expect(await rows.count()).toBeGreaterThan(0);
    for (const text of await rows.allTextContents()) expect(text).toMatch(/team-05\s+stale/);
    await page.locator('#cloud').selectOption('GCP');
    expect(await count()).toBe('0 of 2000 workloads');
  });

  it('opens the chain and the values of a workload with the keyboard', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('app-1083');
    await page.locator('#count', { hasText: '1 of 2000 workloads' }).waitFor();
    const button = page.locator('#workloads .name:visible');
    await button.focus();
    await page.keyboard.press('Enter');

    expect(await button.getAttribute('aria-expanded')).toBe('true');
    const more = page.locator('tr.more:visible');
    expect(await more.locator('.chain li').allTextContents()).toEqual([
      'pod template',
      'Deployment team-03/app-1083',
      'ServiceAccount team-03/app-1083',
      'Namespace team-03',
    ]);
    expect(await more.locator('table tr', { hasText: 'aws-role-arn' }).textContent()).toContain(
      'ServiceAccount team-03/app-1083',
    );
    expect(await more.textContent()).toContain('kubectl rollout restart deployment/app-1083 -n team-03');
    await page.keyboard.press('Enter');
    expect(await more.count()).toBe(0);
  });

  it('leads from a role to a workload, even if a filter hides it', async () => {
    await page.locator('#search').fill('nothing has this name');
    await page.locator('#count', { hasText: '0 of 2000 workloads' }).waitFor();
    const link = page.locator('.users a').first();
    const name = (await link.textContent())?.split('/').at(-1);
    await link.click();

    expect(await page.evaluate('document.activeElement.textContent')).toContain(name);
  });

  it('has names for controls, tables and the picture', async () => {
    const filters = await page.locator('.filters').ariaSnapshot();
    for (const name of ['searchbox "Search"', 'combobox "Namespace"', 'combobox "Cloud"'])
      expect(filters).toContain(name);
    expect(await page.locator('figure').ariaSnapshot()).toContain(
      'img "ServiceAccounts, the identities that they become',
    );
    expect(await page.locator('.states').ariaSnapshot()).toContain('button "167 stale"');
    expect(await page.locator('#workloads > thead th[scope=col]').count()).toBe(6);
    expect(await page.locator('#workloads > tbody > tr.workload > th[scope=row]').count()).toBe(2000);
  });

  it('is dark if the reader prefers that', async () => {
    const colours = () =>
      page.evaluate('[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]');
    expect(await colours()).toEqual(['rgb(246, 247, 249)', 'rgb(27, 32, 40)']);
    await page.emulateMedia({ colorScheme: 'dark' });

    expect(await colours()).toEqual(['rgb(20, 23, 28)', 'rgb(230, 233, 238)']);
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('fits a phone without scrolling sideways', async () => {
    await page.setViewportSize({ width: 390, height: 844 });

    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await page.setViewportSize({ width: 1440, height: 900 });
  });
});

describe('a page of hostile manifests', () => {
  it('runs nothing that they contain', async () => {
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
    const annotations = { ...asks('checkout'), 'cwii.dev/aws-region': hostile, [`cwii.dev/${hostile}`]: hostile };
    await open('hostile.html', textOf([namespace(), serviceAccount('checkout', { annotations }), ...deployment()]));
    await page.locator('#workloads .name').click();

    expect(await page.title()).toBe('Identities of the workloads');
    expect(await page.locator('img, main script').count()).toBe(0);
    expect(await page.locator('tr.more').textContent()).toContain(hostile);
    expect(messages).toEqual([]);
    expect(requests).toEqual([page.url()]);
  });
});
