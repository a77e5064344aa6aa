// Knows the API server's audit log: one JSON event a line, of which tests look at the fields named here.
import { readFile } from 'node:fs/promises';

/** An event of audit.k8s.io/v1. Bodies are only kept for pods. */
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
  if (path === undefined) throw new Error('this control plane keeps no audit log: start it with auditLog: true');
  const text = await readFile(path, 'utf8');
  // What follows the last newline is a line still being written.
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as AuditEvent);
}
