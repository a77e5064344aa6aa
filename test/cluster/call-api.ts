// Sends one request to the API server, with any token or without one.

import { request } from 'node:https';
import type { ControlPlane } from '../../testing/cluster/control-plane.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

export interface Call {
  readonly token?: string;
  readonly method?: string;
  readonly body?: unknown;
}

export function callApi(
  { url, caPem }: Pick<ControlPlane, 'url' | 'caPem'>,
  path: string,
  { token, method = 'GET', body }: Call = {},
): Promise<Answer> {
  const headers = {
    accept: '*/*',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const call = request(new URL(path, url), { method, ca: caPem, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        const isJson = response.headers['content-type']?.startsWith('application/json');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: isJson ? JSON.parse(text) : text,
        });
      });
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export interface ApiUser {
  readonly username: string;
  readonly groups: readonly string[];
}

/** The user that the API server sees in a token; undefined if it rejects the token. */
export async function whoAmI(cluster: ControlPlane, token: string): Promise<ApiUser | undefined> {
  const { status, body } = await callApi(cluster, '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    token,
    method: 'POST',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  if (status === 401) return undefined;
  if (status !== 201)
    throw new Error(`the API server answered the SelfSubjectReview with ${status}: ${JSON.stringify(body)}`);
  const { username, groups } = (body as { status: { userInfo: ApiUser } }).status.userInfo;
  return { username, groups };
}
