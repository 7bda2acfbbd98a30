// Asks the examples the question on each line of standard input, and answers on a line.
import { createInterface } from 'node:readline';
import { isFromWorker } from '../../examples/backend/shared_secret.mjs';
import { verify } from '../../examples/backend/verify.mjs';

async function answer({ secret, assertion }) {
  if (secret !== undefined) return { accepted: isFromWorker(secret) };
  try {
    return { accepted: true, claims: await verify(assertion) };
  } catch (error) {
    return { accepted: false, because: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(await answer(JSON.parse(line))));
