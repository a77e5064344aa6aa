// Reads the API server's audit log, which has one JSON event per line.

import { readFile } from 'node:fs/promises';

/** The fields of an audit.k8s.io/v1 event that tests use. Only events about pods have bodies. */
export interface AuditEvent {
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: { readonly username: string; readonly groups?: readonly string[] };
  readonly objectRef?: { readonly resource?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  readonly annotations?: Readonly<Record<string, string>>;
}

export async function readAuditLog(path: string | undefined): Promise<AuditEvent[]> {
  if (path === undefined) throw new Error('this control plane has no audit log; start it with auditLog: true');
  const text = await readFile(path, 'utf8');
  // The text after the last newline is a line that is still being written.
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as AuditEvent);
}
