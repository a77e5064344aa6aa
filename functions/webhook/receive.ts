// Receives the body of a request from a server that runs the function in place of Lambda.

import type { Context, LambdaFunctionURLEvent } from 'aws-lambda';
import type { ServerRequest } from '../../lib/common/server-request.ts';
import { bodyTooLarge, checkHead, RequestError } from './decode.ts';

/** Lambda's context, or that of a server. */
export type WebhookContext = Context &
  Partial<ServerRequest> & {
    /** The API groups of the objects that the caller may send; absent for all. */
    callerGroups?: readonly string[];
  };

/**
 * The event with its body. Lambda sends the body with the event; a server reads it here, after the caller is
 * authenticated and the rest of the request is checked.
 *
 * @throws {RequestError} 400, 404, 405, 413 or 415.
 */
export async function receive(event: LambdaFunctionURLEvent, context: WebhookContext): Promise<LambdaFunctionURLEvent> {
  if (context?.readBody === undefined) return event;
  checkHead(event);
  const body = await context.readBody();
  if (typeof body === 'string') return { ...event, body };
  if (body.refused === 'body-too-large') throw bodyTooLarge();
  throw new RequestError(
    400,
    body.refused,
    'the connection closed, or the time was over, before the body was complete',
  );
}
