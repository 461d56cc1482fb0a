// Votes over HTTP with Fastify and Redis. `--mode plain`: jose, one script call a vote, a process a core. `--mode
// batched`: fast-jwt, one process, and the votes that came while a script call was under way go into the next together.
import cluster from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { createVerifier } from 'fast-jwt';
import Fastify from 'fastify';
import Redis from 'ioredis';
import { jwtVerify } from 'jose';

import { BATCHED_SCRIPT, PLAIN_SCRIPT } from './scripts.mjs';

const BATCH_VOTES_MAX = 512; // the rest waits for the next call
const BODY_BYTES_MAX = 8192;
const ELECTION = 'song';
const OPTIONS = { song: new Set(['a', 'b']) };

const { values: options } = parseArgs({
  options: {
    mode: { type: 'string', default: 'plain' },
    redis: { type: 'string' }, // path of its socket
    processes: { type: 'string' }, // without it, what was faster
  },
});
const isBatched = options.mode === 'batched';
const processes = Number(options.processes ?? (isBatched ? 1 : availableParallelism()));
const secret = process.env.VOTE_SECRET;

// Answers [outcome, receipt] of one vote: 1 new, 0 the same ballot counts already, -1 another one does.
function plainStore(redis) {
  redis.defineCommand('vote', { numberOfKeys: 2, lua: PLAIN_SCRIPT });
  return (voter, ballot, receipt) =>
    redis.vote(`votes:${ELECTION}`, `vote:${ELECTION}:${voter}`, voter, ballot, receipt);
}

function batchedStore(redis) {
  redis.defineCommand('voteAll', { lua: BATCHED_SCRIPT });
  let waiting = [];
  let isUnderWay = false;

  async function flush() {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH_VOTES_MAX);
      const keys = batch.map((vote) => `vote:${ELECTION}:${vote.voter}`);
      const values = batch.flatMap((vote) => [vote.voter, vote.ballot, vote.receipt]);
      try {
        const outcomes = await redis.voteAll(batch.length + 1, `votes:${ELECTION}`, ...keys, ...values);
        batch.forEach((vote, i) => vote.resolve([outcomes[2 * i], outcomes[2 * i + 1]]));
      } catch (error) {
        batch.forEach((vote) => vote.reject(error));
      }
    }
    isUnderWay = false;
  }

  return (voter, ballot, receipt) =>
    new Promise((resolve, reject) => {
      waiting.push({ voter, ballot, receipt, resolve, reject });
      if (!isUnderWay) {
        isUnderWay = true;
        setImmediate(flush); // with what else this turn brings
      }
    });
}

async function joseVerifier() {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, ['verify']);
  const rules = { algorithms: ['HS256'], requiredClaims: ['sub', 'eid', 'exp'] };
  return async (token) => (await jwtVerify(token, key, rules)).payload;
}

function fastVerifier() {
  return createVerifier({ key: secret, algorithms: ['HS256'], requiredClaims: ['sub', 'eid', 'exp'], cache: false });
}

const ballotSchema = {
  type: 'object',
  required: ['ballot'],
  additionalProperties: false,
  properties: {
    ballot: {
      type: 'object',
      required: ['song'],
      additionalProperties: false,
      properties: { song: { type: 'array', minItems: 1, maxItems: 1, items: { type: 'string' } } },
    },
  },
};
const answerSchema = { type: 'object', properties: { receipt: { type: 'string' } } };

function serve(verify, store) {
  const app = Fastify({ bodyLimit: BODY_BYTES_MAX });
  app.decorateRequest('voter', null);

  async function authenticate(request, reply) {
    const header = request.headers.authorization ?? '';
    try {
      const claims = await verify(header.startsWith('Bearer ') ? header.slice(7) : '');
      if (claims.eid === request.params.election && /^[0-9a-f]{32}$/.test(claims.sub)) {
        request.voter = claims.sub;
        return;
      }
    } catch {
      // The same answer as a token of another election.
    }
    return reply.code(401).send({ error: 'no valid token' });
  }

  app.post(
    '/v1/elections/:election/votes',
    { onRequest: authenticate, schema: { body: ballotSchema, response: { 200: answerSchema, 201: answerSchema } } },
    async (request, reply) => {
      const { ballot } = request.body;
      if (!ballot.song.every((option) => OPTIONS.song.has(option))) {
        return reply.code(422).send({ error: 'no such option' });
      }
      const [outcome, receipt] = await store(request.voter, JSON.stringify(ballot), randomUUID());
      if (outcome < 0) {
        return reply.code(409).send({ error: 'another ballot counts already' });
      }
      return reply.code(outcome === 1 ? 201 : 200).send({ receipt });
    },
  );
  return app;
}

async function start() {
  const redis = new Redis({ path: options.redis });
  const app = isBatched ? serve(fastVerifier(), batchedStore(redis)) : serve(await joseVerifier(), plainStore(redis));
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app.server.address().port;
}

if (processes === 1) {
  console.log(`ready ${await start()}`);
} else if (cluster.isPrimary) {
  let listening = 0;
  cluster.on('listening', (_, address) => {
    if (++listening === processes) {
      console.log(`ready ${address.port}`);
    }
  });
  for (let i = 0; i < processes; ++i) {
    cluster.fork();
  }
} else {
  await start();
}
