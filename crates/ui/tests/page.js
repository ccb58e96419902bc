// The page of `stack ui` in a browser: what a person sees, clicks and types, and what nobody else may. The binary's tests
// start it, and run this: ADDRESS is where it is, FOLDER the project's folder, STACK the binary. STACK_PICTURES names a
// folder for pictures of what is seen.

"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { after, before, test } = require("node:test");
const { launch } = require("../../../tests/browser/browser.js");
const { unreadable } = require("../../../tests/browser/contrast.js");

const { ADDRESS, FOLDER, STACK } = process.env;
const ORIGIN = new URL(ADDRESS).origin;
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 420, height: 900 };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

// Opens the page, and lets nothing pass that it should never do. `expected` are errors of the console that belong to it.
async function visit({ fragment = "", viewport = DESKTOP, expected, ...rest }, look) {
  const context = await browser.newContext({ viewport, reducedMotion: "reduce", ...rest });
  const wrong = [];
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`refused: ${event.violatedDirective}`));
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("console", (message) => !expected?.test(message.text()) && wrong.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => wrong.push(`error: ${error.stack}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(ORIGIN) && !request.url().startsWith("data:")) wrong.push(`request: ${request.url()}`);
    if (request.method() !== "GET") wrong.push(`${request.method()} ${request.url()}`);
  });
  await page.goto(ADDRESS);
  await page.waitForURL((url) => url.search === "");
  if (fragment) await page.evaluate((to) => { location.hash = to; }, fragment);
  try {
    await look(page, context);
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
}

async function picture(page, name) {
  const folder = process.env.STACK_PICTURES;
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

// One request as no browser sends it; gives its status, headers and body.
function request(target, { method = "GET", headers = {} } = {}) {
  const { hostname, port } = new URL(ORIGIN);
  return new Promise((resolve, reject) => {
    const sent = http.request({ host: hostname, port, path: target, method, headers }, (answer) => {
      let body = "";
      answer.on("data", (part) => { body += part; });
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

// A cookie as a browser gets it.
async function cookie() {
  const { headers } = await request(new URL(ADDRESS).search.replace(/^/, "/"));
  return headers["set-cookie"][0].split(";")[0];
}

const line = (page, name) => page.locator("#environments tbody tr", { has: page.getByRole("link", { name, exact: true }) });
const shown = (page) => page.locator("#list [role=option]:visible");
const box = (page, urn) => page.locator(`#nodes [data-urn="${urn}"]`);
const SHOP = "#/shop/dev";

test("every environment is listed, and one that is damaged hides no other", () => visit({}, async (page) => {
  await line(page, "shop / dev").waitFor();
  assert.equal(await page.locator("#environments tbody tr").count(), 6);
  const said = (name) => line(page, name).innerText();
  assert.match(await said("shop / dev"), /4\s+apply, .+ · state 4\s+\d+ (s|min)\s+never/);
  assert.match(await said("shop / prod"), /production/);
  assert.match(await said("shop / pr-7"), /in \d+ (h|min)/);
  assert.match(await said("shop / broken"), /cannot be read/);
  assert.match(await said("shop / killed"), /apply interrupted/);
  assert.match(await page.locator("#summary").innerText(), /^in file:/);
  await picture(page, "environments");
}));

test("the address has no token once the page is open, and the cookie is not for scripts", () => visit({}, async (page, context) => {
  assert.equal(page.url().replace(/#.*/, ""), `${ORIGIN}/`);
  assert.equal(await page.evaluate(() => document.cookie), "");
  const [kept, ...others] = await context.cookies();
  assert.deepEqual([kept.httpOnly, kept.sameSite, others.length], [true, "Strict", 0]);
  assert.ok(!ADDRESS.includes(kept.value));
  await page.reload();
  await line(page, "shop / dev").waitFor();
  await page.goBack().catch(() => {});
  assert.ok(!page.url().includes("token"), page.url());
}));

test("an environment is a list and a graph, and no secret is on it", () => visit({}, async (page) => {
  await page.getByRole("link", { name: "shop / dev" }).click();
  await shown(page).first().waitFor();
  assert.equal(await page.title(), "shop / dev");
  assert.deepEqual((await shown(page).locator(".name").allInnerTexts()).sort(), ["base", "leaf", "pair", "secret"]);
  assert.equal(await page.locator("#nodes .box").count(), 4);
  assert.equal(await page.locator("#edges path").count(), 3);
  const overview = await page.locator("#details").innerText();
  assert.match(overview, /Outputs\s+hidden\s+secret\s+told\s+"one"/);
  assert.match(overview, /States that are kept\s+4\s+apply/);

  await box(page, "std:core:Value/secret").click();
  await page.locator("#details h2", { hasText: "secret" }).waitFor();
  const values = page.locator("#details section", { hasText: "Inputs and outputs" });
  assert.match(await values.innerText(), /value = secret/);
  assert.match(await page.locator("#details").innerText(), /Needed by\s+·\s+std:core:Value\/leaf/);
  assert.equal(new URL(page.url()).hash, `${SHOP}/std:core:Value/secret`);
  await page.locator("#details a", { hasText: "std:core:Value/leaf" }).click();
  await page.locator("#details h2", { hasText: "leaf" }).waitFor();
  assert.ok(!(await page.content()).includes("canary"));
  await picture(page, "environment");
}));

test("what each state changed of a resource is its history", () => visit({ fragment: `${SHOP}/std:core:Value/base` }, async (page) => {
  const happened = page.locator("#history .happened");
  await happened.first().waitFor();
  const titles = (await happened.locator("p").allInnerTexts()).map((text) => text.replace(/,.*/s, ""));
  assert.deepEqual(titles, ["State 4: changed · apply", "State 2: created · apply"]);
  const [change] = await happened.all();
  assert.deepEqual(await change.locator(".goes code").allInnerTexts(), ['{ n = 1, text = "one" }']);
  assert.deepEqual(await change.locator(".comes code").allInnerTexts(), ['{ n = 2, text = "one" }']);
}));

test("keys alone are enough", () => visit({}, async (page) => {
  const link = page.getByRole("link", { name: "shop / dev" });
  await link.waitFor();
  await link.focus();
  assert.notEqual(await link.evaluate((one) => getComputedStyle(one).outlineStyle), "none");
  await page.keyboard.press("Enter");
  await shown(page).first().waitFor();
  await page.keyboard.press("j");
  await page.locator("#details .back").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("leaf");
  assert.deepEqual(await shown(page).locator(".name").allInnerTexts(), ["leaf"]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await line(page, "shop / dev").waitFor();
  await page.keyboard.press("?");
  assert.ok(await page.locator("#help").isVisible());
}));

test("what a killed run left is told from what is under way", () => visit({ fragment: "#/shop/killed" }, async (page) => {
  await box(page, "std:http:Check/gate").waitFor();
  await page.locator("#live", { hasText: "apply was interrupted; the next run goes on with it, since" }).waitFor();
  assert.equal(await box(page, "std:http:Check/gate").getAttribute("aria-label"), "in doubt std:http:Check/gate");
}));

test("what cannot be read is said, and the way back is there", () => visit({ fragment: "#/shop/broken", expected: /502/ }, async (page) => {
  await page.locator("#trouble").waitFor();
  assert.match(await page.locator("#trouble").innerText(), /This environment cannot be read[\s\S]*damaged/);
  await page.getByRole("link", { name: "← Environments" }).click();
  await line(page, "shop / dev").waitFor();
}));

test("what was never there is said", () => visit({ fragment: "#/shop/nowhere", expected: /404/ }, async (page) => {
  await page.locator("#trouble").waitFor();
  assert.match(await page.locator("#error").innerText(), /nothing is recorded of nowhere of shop/);
}));

for (const colorScheme of ["light", "dark"]) {
  test(`everything can be read when it is ${colorScheme}`, () => visit({ colorScheme }, async (page) => {
    await line(page, "shop / dev").waitFor();
    assert.deepEqual(await page.evaluate(unreadable), []);
    await page.getByRole("link", { name: "shop / dev" }).click();
    await shown(page).first().waitFor();
    assert.deepEqual(await page.evaluate(unreadable), []);
    for (let step = 0; step < 4; step++) {
      await page.keyboard.press("j");
      await page.locator("#history .happened").first().waitFor();
      assert.deepEqual(await page.evaluate(unreadable), []);
    }
  }));
}

test("a narrow window scrolls one way only", () => visit({ viewport: PHONE }, async (page) => {
  const fits = async () => {
    const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(needed <= there, `${needed} of ${there}`);
  };
  await line(page, "shop / dev").waitFor();
  await fits();
  await page.getByRole("link", { name: "shop / dev" }).click();
  await shown(page).first().waitFor();
  await fits();
}));

const GUARDED = ["/", "/page.js", "/page.css", "/api/environments", "/api/environments/shop/dev", "/api/environments/shop/dev/follow", "/api/environments/shop/dev/history?urn=std:core:Value/base"];

test("without the address nothing is answered", async () => {
  for (const target of [...GUARDED, "/?token=", `/?token=${"0".repeat(64)}`]) {
    const answer = await request(target);
    assert.equal(answer.status, 401, target);
    assert.match(answer.body, /open the address that `stack ui` printed/);
    assert.equal(answer.headers["set-cookie"], undefined);
  }
  const wrong = { headers: { cookie: `${(await cookie()).split("=")[0]}=${"0".repeat(64)}` } };
  assert.equal((await request("/api/environments", wrong)).status, 401);
});

test("by another name, or from another page, nothing is answered", async () => {
  const right = { cookie: await cookie() };
  for (const target of [...GUARDED, new URL(ADDRESS).search.replace(/^/, "/")]) {
    for (const host of ["stack.evil.example", "127.0.0.1:1"]) {
      assert.equal((await request(target, { headers: { ...right, host } })).status, 421, `${target} as ${host}`);
    }
  }
  for (const site of ["cross-site", "same-site"]) {
    assert.equal((await request("/api/environments", { headers: { ...right, "sec-fetch-site": site } })).status, 403);
  }
});

test("nothing but reading is answered, and nothing is kept", async () => {
  const right = { cookie: await cookie() };
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    for (const target of GUARDED) {
      const answer = await request(target, { method, headers: right });
      assert.deepEqual([answer.status, answer.headers.allow], [405, "GET, HEAD"], `${method} ${target}`);
    }
  }
  const head = await request("/api/environments", { method: "HEAD", headers: right });
  assert.deepEqual([head.status, head.body], [200, ""]);
  const { headers } = await request("/", { headers: right });
  assert.equal(headers["cache-control"], "no-store");
  assert.match(headers["content-security-policy"], /^default-src 'none'; script-src 'self';/);
  assert.equal(headers["access-control-allow-origin"], undefined);
});

test("no answer has a secret in it, sealed or not", async () => {
  const headers = { cookie: await cookie() };
  for (const target of ["", "/shop/dev", "/shop/dev/history?urn=std:core:Value/secret", "/shop/dev/history?urn=std:core:Value/leaf"]) {
    const { status, body } = await request(`/api/environments${target}`, { headers });
    assert.equal(status, 200, body);
    assert.ok(!/canary|\$sealed/.test(body), body);
  }
});

test("a page elsewhere on this machine reads nothing", () => visit({ expected: /./ }, async (page, context) => {
  const evil = http.createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<p>evil</p>"));
  await new Promise((ready) => evil.listen(0, "127.0.0.1", ready));
  try {
    const other = await context.newPage();
    await other.goto(`http://127.0.0.1:${evil.address().port}/`);
    const read = await other.evaluate((to) => fetch(to, { credentials: "include" }).then((answer) => answer.text(), () => "refused"), `${ORIGIN}/api/environments`);
    assert.equal(read, "refused");
  } finally {
    evil.close();
  }
}));

// A server that keeps who asks waiting until it is told.
async function gate() {
  const waiting = [];
  let came;
  const asked = new Promise((resolve) => { came = resolve; });
  const server = http.createServer((_, answer) => {
    waiting.push(answer);
    came();
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const open = () => {
    waiting.splice(0).forEach((answer) => answer.end("open"));
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, asked, open };
}

test("a run is followed while it goes on", () => visit({ fragment: "#/live/dev" }, async (page) => {
  const folder = path.join(FOLDER, "live");
  await shown(page).first().waitFor();
  assert.ok(!(await page.locator("#live").isVisible()));
  const { url, asked, open } = await gate();
  const value = (name, content) => ({ type: "std:core:Value", name, inputs: { value: content } });
  const check = { type: "std:http:Check", name: "gate", inputs: { url }, options: { depends_on: ["std:core:Value/first"] } };
  const late = { ...value("late", 1), options: { depends_on: ["std:http:Check/gate"] } };
  fs.writeFileSync(path.join(folder, "graph.json"), JSON.stringify({ format: 1, resources: [value("first", 2), check, late] }));
  const run = spawn(STACK, ["apply", "--yes"], { cwd: folder, stdio: "inherit" });
  const ended = new Promise((resolve) => { run.on("exit", resolve); });
  try {
    await asked;

    await page.locator("#live", { hasText: "creating std:http:Check/gate" }).waitFor();
    assert.match(await page.locator("#live").innerText(), /^apply by tester on .+, since .+: creating std:http:Check\/gate, 1 done$/);
    await box(page, "std:http:Check/gate").waitFor();
    assert.equal(await box(page, "std:http:Check/gate").getAttribute("data-kind"), "creating");
    assert.equal(await box(page, "std:http:Check/gate").getAttribute("aria-label"), "creating std:http:Check/gate");
    assert.equal(await box(page, "std:core:Value/first").getAttribute("data-kind"), "done");
    assert.equal(await box(page, "std:core:Value/late").count(), 0);
    assert.equal(await page.locator("#edges path").count(), 1, "what is made now stands where it belongs");
    assert.deepEqual(await page.evaluate(unreadable), []);
    await picture(page, "run");
    await box(page, "std:http:Check/gate").click();
    await page.locator("#details .badge", { hasText: "creating" }).waitFor();

    open();
    assert.equal(await ended, 0);
    await page.locator("#live").waitFor({ state: "hidden" });
    await box(page, "std:core:Value/late").waitFor();
    assert.equal(await page.locator("#nodes .box").count(), 3);
    assert.equal(await box(page, "std:http:Check/gate").getAttribute("data-kind"), "recorded");
    assert.match(await page.locator("#details h2").innerText(), /gate/, "what was chosen stays so");
    assert.match(await page.locator("#facts").innerText(), /apply, just now · state 3/);
  } finally {
    open();
    run.kill();
  }
}));
