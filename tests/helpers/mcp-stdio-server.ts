/** A gateway with the conformance fixture on the standard streams, for clients that start their server. */
import { startFixtureGateway } from './fixture-gateway.ts';

const gateway = await startFixtureGateway();
await gateway.door.serveStdio({ input: process.stdin, output: process.stdout }).closed;
await gateway.stop();
