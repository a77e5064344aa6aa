// Opens the built documentation site in a real browser: navigation, search, dark mode, no other host.

import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pageOf } from '../../docs/.vitepress/repository.ts';
import { documents } from '../../docs/.vitepress/sources.ts';
import { type Browser, startBrowser } from './browser.ts';
import { type StaticServer, serveSite } from './static-server.ts';

const folder = join(import.meta.dirname, '..', '..', 'dist', 'site');

/** The addresses of all documents. */
const addresses = documents().map((path) => `/${pageOf(path).replace(/md$/, 'html')}`);

let server: StaticServer;
let browser: Browser;
let page: Page;
/** Error messages on the console and requests to other hosts, which no page may cause. */
const errors: string[] = [];
const foreign: string[] = [];

beforeAll(async () => {
  server = await serveSite(folder);
  browser = await startBrowser();
  browser.context.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  browser.context.on('weberror', (error) => errors.push(error.error().message));
  browser.context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(server.url) && !url.startsWith('data:')) foreign.push(url);
  });
  page = await browser.context.newPage();
});
afterAll(async () => {
  await browser?.stop();
  server?.close();
});
/** Opens a page, and waits until its scripts run. */
async function open(address: string): Promise<void> {
  await page.goto(server.url + address);
  await page.waitForFunction('document.querySelector("#app").__vue_app__');
}

beforeEach(() => {
  errors.length = 0;
  foreign.length = 0;
});

describe('the home page', () => {
  it('says what cwii is, why, and what it adds to a pod', async () => {
    await open('/');

    expect(await page.title()).toContain('cwii');
    expect(await page.locator('.VPHero').textContent()).toContain('Cloud identities for self-hosted Kubernetes');
    expect(await page.locator('.VPFeature').count()).toBe(3);
    expect(await page.locator('.language-diff').textContent()).toContain('AWS_WEB_IDENTITY_TOKEN_FILE');
    expect({ errors, foreign }).toEqual({ errors: [], foreign: [] });
  });

  it('leads to the tutorial', async () => {
    await open('/');
    await page.getByRole('link', { name: 'Start the tutorial' }).click();

    await page.getByRole('heading', { level: 1, name: 'Your first pod with an identity' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/tutorial.html');
  });
});

describe('the navigation', () => {
  it('has the four kinds of documents, and leads to a page of them', async () => {
    await open('/');
    await page.locator('.VPNav').getByRole('link', { name: 'Documentation' }).click();
    const sidebar = page.locator('.VPSidebar');
    await sidebar.waitFor();

    expect(await sidebar.locator('.level-0 > .item').allTextContents()).toEqual([
      'Tutorial',
      'How-to guides',
      'Reference',
      'Explanation',
      'Project',
      'Checks',
      'Decisions',
    ]);
    await sidebar.getByRole('link', { name: 'Annotations' }).click();
    await page.getByRole('heading', { level: 1, name: 'Annotations' }).waitFor();
    expect(await page.locator('main table').first().textContent()).toContain('cwii.dev/aws-role-arn');
  });

  it('leads from a document to a file of the repository', async () => {
    await open('/serving.html');
    await page.locator('main').getByRole('link', { name: 'examples/cluster' }).click();
    await page.locator('main').getByRole('link', { name: 'webhook.yaml' }).click();

    await page.getByRole('heading', { level: 1, name: 'examples/cluster/webhook.yaml' }).waitFor();
    expect(await page.locator('main pre').textContent()).toContain('kind: MutatingWebhookConfiguration');
  });
});

describe('the search', () => {
  it('finds an annotation', async () => {
    await open('/');
    await page.keyboard.press('Control+k');
    await page.getByRole('searchbox').fill('aws-role-session-name');
    const results = page.locator('.VPLocalSearchBox .result');
    await results.first().waitFor();

    expect(await results.allTextContents()).toContainEqual(expect.stringContaining('Annotations'));
    await results.filter({ hasText: 'Annotations' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Annotations' }).waitFor();
  });
});

describe('the dark mode', () => {
  it('is off at first here, and stays on from page to page once it is switched on', async () => {
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    await open('/annotations.html');
    expect(await background()).toBe('rgb(255, 255, 255)');

    await page.locator('.VPNavBar .VPSwitchAppearance').click();
    await page.locator('html.dark').waitFor();
    const dark = await background();
    await open('/findings.html');

    expect(dark).not.toBe('rgb(255, 255, 255)');
    expect(await background()).toBe(dark);
  });
});

describe('every document', () => {
  it.each(addresses)('has a page without errors and without requests to another host: %s', async (address) => {
    await open(address);

    expect(await page.locator('h1').count()).toBe(1);
    expect({ errors, foreign }).toEqual({ errors: [], foreign: [] });
  });

  it.each(addresses)('is there as Markdown: %s', async (address) => {
    const answer = await fetch(server.url + address.replace(/html$/, 'md'));

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/markdown');
    expect(await answer.text()).not.toMatch(/^---\n|<!--/);
  });
});

describe('llms.txt', () => {
  it('links to the Markdown of each document, which exists', async () => {
    const text = await (await fetch(`${server.url}/llms.txt`)).text();
    const links = [...text.matchAll(/\]\((\/[^)]+)\)/g)].map(([, link = '']) => link);

    expect(links).toEqual(expect.arrayContaining(['/tutorial.md', '/annotations.md', '/decisions/001-node-http2.md']));
    const missing = [];
    for (const link of links) if (!(await fetch(`${server.url}${link}`)).ok) missing.push(link);
    expect(missing).toEqual([]);
  });

  it('has a full version with the text of the documents', async () => {
    const text = await (await fetch(`${server.url}/llms-full.txt`)).text();

    expect(text).toContain('# Annotations');
    expect(text).toContain('# Threat model');
  });
});
