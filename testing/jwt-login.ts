// Starts the JWT login of Vault and OpenBao on loopback.

import { jwtLoginBinary } from './binary.ts';
import { startServer } from './program.ts';

export interface JwtLogin {
  readonly address: string;
  stop(): Promise<void>;
}

export async function startJwtLogin(): Promise<JwtLogin> {
  const server = await startServer({
    name: 'jwt-login',
    command: [await jwtLoginBinary()],
    until: 'the JWT login to listen',
    probe: ({ stdout }) => /^http:\/\/\S+/m.exec(stdout())?.[0],
  });
  return { address: server.answer, stop: () => server.stop() };
}
