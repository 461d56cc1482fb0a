// An OpenID Connect provider that nobody here wrote (npm oidc-provider), for the tests: one issuer on one loopback port.
// Its own are only the pages (an account's name, a consent; no script), the accounts, and what a test does to it.
//
// The first line of stdin is its configuration, every further one a command, each a JSON object; each is answered with
// one JSON line on stdout. It ends when stdin ends, so that it never outlives its test. identity_provider.py drives it.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import http from "node:http";
import { createInterface } from "node:readline";
import Provider, { interactionPolicy } from "oidc-provider";

const mfaAcr = "urn:example:mfa";
const resource = "urn:example:api";

// -- the clock ---------------------------------------------------------------------------------------------------------

// Everything in this process, oidc-provider included, asks Date for the time. Patched here rather than with libfaketime:
// a test moves it while the provider runs, and node's timers stay as they are.
let clockOffsetMs = 0;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length > 0 ? parts : [RealDate.now() + clockOffsetMs]));
  }
  static now() {
    return RealDate.now() + clockOffsetMs;
  }
};

// -- keys --------------------------------------------------------------------------------------------------------------

const keyKinds = {
  RS256: ["rsa", { modulusLength: 2048 }],
  PS256: ["rsa", { modulusLength: 2048 }],
  ES256: ["ec", { namedCurve: "P-256" }],
  EdDSA: ["ed25519", {}],
};

function makeKey(alg) {
  const [kind, options] = keyKinds[alg];
  const { privateKey } = generateKeyPairSync(kind, options);
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), alg, use: "sig" };
}

// -- the provider ------------------------------------------------------------------------------------------------------

function client({ client_id, alg, secret, auth_method, always_auth_time }) {
  return {
    client_id,
    ...(secret === undefined ? {} : { client_secret: secret }),
    token_endpoint_auth_method: auth_method,
    id_token_signed_response_alg: alg,
    redirect_uris: redirectUris,
    response_types: ["code"],
    grant_types: ["authorization_code"],
    require_auth_time: always_auth_time,
  };
}

// Somebody signed in with one factor; the client asks for more: ask again, once.
function steppingUp() {
  const policy = interactionPolicy.base();
  const check = new interactionPolicy.Check("more_factors", "several factors are asked for", ({ oidc }) =>
    oidc.params.acr_values?.split(" ").includes(mfaAcr) && oidc.session.acr !== mfaAcr && !oidc.result?.login);
  policy.get("login").checks.add(check);
  return policy;
}

// Access tokens as Cognito has them: no `aud` and no `typ`, `token_use` in their place. oidc-provider insists on an
// audience; one that writes itself as nothing satisfies it.
async function likeCognito(_context, _token, jwt) {
  jwt.payload.aud = { toJSON: () => undefined };
  jwt.payload.token_use = "access";
  jwt.header = { typ: undefined };
}

// As providers from before RFC 9207: no `iss` in answers, and no promise of it.
async function keepQuietAboutIss(context, next) {
  await next();
  const to = context.response.get("Location");
  if (redirectUris.some((uri) => to.startsWith(`${uri}?`))) {
    const quiet = new URL(to);
    quiet.searchParams.delete("iss");
    context.set("Location", quiet.href);
  }
  delete context.body?.authorization_response_iss_parameter_supported;
}

function findAccount(_context, id) {
  const claims = configuration.accounts[id];
  return claims && { accountId: id, claims: async () => ({ sub: id, ...claims }) };
}

// A new one over the same storage (oidc-provider's own, in memory, one for the process) whenever keys or clients change.
function makeProvider() {
  const accessTokens = configuration.access_tokens;
  const made = new Provider(issuer, {
    jwks: { keys },
    clients: configuration.clients.map(client),
    findAccount,
    acrValues: [mfaAcr],
    claims: {
      openid: ["sub", "acr", "amr"],
      email: ["email", "email_verified"],
      phone: ["phone_number", "phone_number_verified"],
      membership: ["https://claims.example/member"],
    },
    conformIdTokenClaims: false,
    clientAuthMethods: configuration.auth_methods,
    // Two of them on one machine share a host, hence a browser's cookies.
    cookies: {
      keys: [cookieKey],
      long: { signed: true, sameSite: "lax" },
      short: { signed: true, sameSite: "lax" },
      names: { session: `session-${port}`, interaction: `interaction-${port}`, resume: `resume-${port}` },
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: accessTokens !== "opaque",
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "", audience: resource, accessTokenFormat: "jwt", jwt: { sign: { alg: configuration.clients[0].alg } },
        }),
      },
    },
    formats: accessTokens === "cognito" ? { customizers: { jwt: likeCognito } } : {},
    interactions: { policy: steppingUp(), url: (_context, { uid }) => `${mount}/interaction/${uid}` },
    // Its own says on stdout that it is only a default.
    renderError: (context, { error, error_description: description }) => {
      context.type = "html";
      context.body = `${noIcon}<h1>${error}</h1><p>${description}</p>`;
    },
    pkce: { required: () => true, methods: ["S256"] },
    // Longer than any clock is moved: cookies carry the time at which they end.
    ttl: { Interaction: 86_400, Session: 864_000, Grant: 864_000, IdToken: 3_600, AccessToken: 3_600, AuthorizationCode: 60 },
  });
  if (!configuration.says_iss) {
    made.use(keepQuietAboutIss);
  }
  made.on("server_error", (_context, error) => console.error(error));
  return made;
}

// -- its pages ---------------------------------------------------------------------------------------------------------

const noIcon = '<link rel="icon" href="data:,">'; // browsers ask for one otherwise, and complain

function page(title, form) {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${noIcon}
<title>${title}</title></head><body><main><h1>${title}</h1><form method="post">${form}
<button name="answer" value="yes">Continue</button> <button name="answer" value="no">Cancel</button></form></main></body></html>`;
}

const loginPage = (complaint) => page("Example accounts", `${complaint}
<p><label>Account <input name="account" autocomplete="off" autofocus></label></p>
<p><label><input type="checkbox" name="second_factor" value="yes"> Second factor</label></p>`);
const consentPage = page("May it know who you are?", "<p>The voting page asks for your account.</p>");

async function readForm(request) {
  const parts = [];
  for await (const part of request) {
    parts.push(part);
  }
  return new URLSearchParams(Buffer.concat(parts).toString());
}

// Providers differ in where they say that there was a second factor: `acr`, `amr` or both.
function login(accountId, isSecondFactor) {
  const says = (where) => isSecondFactor && ["both", where].includes(configuration.says_mfa_by);
  return { accountId, acr: says("acr") ? mfaAcr : undefined, amr: says("amr") ? ["pwd", "otp", "mfa"] : ["pwd"] };
}

async function grantAll({ grantId, prompt, params, session }) {
  const grant = (grantId && (await provider.Grant.find(grantId))) ||
    new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(" "));
  grant.addOIDCClaims(prompt.details.missingOIDCClaims ?? []);
  return grant.save();
}

async function interact(request, response) {
  const interaction = await provider.interactionDetails(request, response);
  const { prompt } = interaction;
  const show = (html) => response.setHeader("Content-Type", "text/html; charset=utf-8").end(html);
  if (request.method !== "POST") {
    return show(prompt.name === "login" ? loginPage("") : consentPage);
  }
  const form = await readForm(request);
  const finish = (result) => provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  if (form.get("answer") !== "yes") {
    return finish({ error: "access_denied", error_description: "the person did not want to" });
  }
  if (prompt.name === "consent") {
    return finish({ consent: { grantId: await grantAll(interaction) } });
  }
  const account = form.get("account");
  if (!Object.hasOwn(configuration.accounts, account)) {
    return show(loginPage('<p role="alert">There is no such account.</p>'));
  }
  return finish({ login: login(account, form.has("second_factor")) });
}

// -- HTTP --------------------------------------------------------------------------------------------------------------

const requests = {}; // by path within the issuer, answered or not
let outage = "none"; // refuse, hang, error
let outagePath = null; // hang and error: of one path only

// oidc-provider takes a secret by header or in the form, whatever was registered. Others do not, and nor does this one.
function saysSecretOtherwise(request) {
  const method = configuration.clients[0].auth_method;
  return (request.headers.authorization !== undefined) !== (method === "client_secret_basic");
}

async function handle(request, response) {
  const path = request.url.split("?")[0];
  const local = path.startsWith(`${mount}/`) ? path.slice(mount.length) : null;
  if (local === null) {
    response.writeHead(404).end();
    return;
  }
  requests[local] = (requests[local] ?? 0) + 1;
  const isOut = outagePath === null || outagePath === local;
  if (isOut && outage === "hang") {
    return; // the connection ends with the outage
  }
  if (isOut && outage === "error") {
    response.writeHead(502, { "Content-Type": "text/html" }).end("<h1>Bad gateway</h1>");
    return;
  }
  if (local === "/token" && saysSecretOtherwise(request)) {
    response.writeHead(401, { "Content-Type": "application/json" }).end('{"error":"invalid_client"}');
    return;
  }
  request.originalUrl = request.url; // oidc-provider finds out from it under which path it is mounted
  request.url = request.url.slice(mount.length);
  try {
    await (local.startsWith("/interaction/") ? interact : provider.callback())(request, response);
  } catch (error) {
    console.error(error);
    response.writeHead(500, { "Content-Type": "text/html" }).end(`${noIcon}<h1>That did not work</h1>`);
  }
}

const listen = (at) => new Promise((resolve, reject) => {
  server.once("error", reject).listen(at, "127.0.0.1", () => resolve(server.off("error", reject).address().port));
});

async function setOutage(how, path) {
  const wasRefusing = outage === "refuse";
  outage = how;
  outagePath = path ?? null;
  server.closeAllConnections();
  if (how === "refuse" && !wasRefusing) {
    await new Promise((resolve) => server.close(resolve));
  } else if (how !== "refuse" && wasRefusing) {
    await listen(port);
  }
}

// -- commands ----------------------------------------------------------------------------------------------------------

const commands = {
  // A new key of each algorithm in front, which signs from now on; the old ones stay published, or go.
  rotate({ keep }) {
    const fresh = algorithms.map(makeKey);
    keys = keep ? [...fresh, ...keys] : fresh;
    provider = makeProvider();
  },
  redirect_uris({ uris }) {
    redirectUris = uris;
    provider = makeProvider();
  },
  account({ id, claims }) {
    configuration.accounts[id] = claims;
  },
  clock({ offset_s }) {
    clockOffsetMs = offset_s * 1000;
  },
  outage: ({ how, path }) => setOutage(how, path),
  requests: () => requests,
};

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const answer = (value) => process.stdout.write(`${JSON.stringify(value ?? {})}\n`);

const configuration = JSON.parse((await lines.next()).value);
const server = http.createServer(handle);
const port = await listen(0);
const issuer = `http://127.0.0.1:${port}${configuration.path}`;
const mount = configuration.path.replace(/\/$/, "");
const cookieKey = randomUUID();
const algorithms = [...new Set(configuration.clients.map(({ alg }) => alg))];
let redirectUris = ["http://127.0.0.1/"];
let keys = algorithms.map(makeKey);
let provider = makeProvider();
answer({ issuer });

for await (const line of lines) {
  const { command, ...parameters } = JSON.parse(line);
  answer(await commands[command](parameters));
}
process.exit(0);
