// The page of a preview in a browser: what a person sees, clicks and types. `src/html/tests.rs` writes the pages, into
// the folder that PAGES names, and runs this. STACK_PICTURES names a folder for pictures of what is seen.

"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { after, before, test } = require("node:test");
const { pathToFileURL } = require("node:url");
const { launch } = require("../../../tests/browser/browser.js");
const { unreadable } = require("../../../tests/browser/contrast.js");

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 420, height: 900 };
const DATABASE = "aws:rds:Instance/orders";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

function address(name, fragment = "") {
  return pathToFileURL(path.join(process.env.PAGES, `${name}.html`)).href + fragment;
}

// Opens a page without a network, and lets nothing pass that a page should never do.
async function visit(name, options, look) {
  const { fragment = "", viewport = DESKTOP, ...rest } = options;
  const context = await browser.newContext({ viewport, offline: true, reducedMotion: "reduce", ...rest });
  const wrong = [];
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`refused: ${event.violatedDirective}`));
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("console", (message) => wrong.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => wrong.push(`error: ${error.stack}`));
  page.on("dialog", (dialog) => wrong.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (request.url() !== address(name) && !request.url().startsWith("data:")) wrong.push(`request: ${request.url()}`);
  });
  await page.goto(address(name, fragment));
  try {
    await look(page);
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
}

async function picture(page, name) {
  const folder = process.env.STACK_PICTURES;
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

const shown = (page) => page.locator("#list [role=option]:visible");
const heading = (page) => page.locator("#details h2").innerText();
const transform = (page) => page.evaluate(() => {
  const matrix = new DOMMatrix(getComputedStyle(document.getElementById("view")).transform);
  return { x: matrix.e, y: matrix.f, scale: matrix.a };
});
const box = (page, urn) => page.locator(`#nodes [aria-label$=" ${urn}"]`);

test("the head says what it is of, and what matters most comes first", () => visit("shop", {}, async (page) => {
  assert.equal(await page.title(), "shop / prod: preview");
  const head = await page.locator("body > header").innerText();
  for (const part of [
    "production", "8 to create, 6 to update, 2 to replace, 2 to delete, 2 to run, 1 to look up; 15 unchanged",
    "1 violation: this is not applied", "3 changes cannot be undone", "aws:123456789012 · eu-central-1", "state 41", "+13.70 USD: 13.70 → 27.40",
    "5f0c2a5e3bd94d0f8a3d1c7be2964f10c9b7d7a1f2e84b6390d5c8e1a47b3f26",
  ]) assert.ok(head.includes(part), `${part}: ${head}`);
  const names = await shown(page).locator(".name").allInnerTexts();
  assert.deepEqual(names.slice(0, 5), ["orders", "exports", "database", "web", "old-cache"]);
  const overview = await page.locator("#details").innerText();
  assert.ok(overview.includes("Denied by no-data-loss"), overview);
  assert.ok(overview.includes("known after apply, waits for aws:sqs:Queue/jobs"), overview);
  assert.equal(await page.locator("#tabs").isVisible(), false);
  await picture(page, "light");
}));

test("a filter leaves what matches, in the list and in the graph", () => visit("shop", {}, async (page) => {
  assert.equal(await page.locator("#count").innerText(), "21 of 36 resources");
  await page.keyboard.press("/");
  await page.keyboard.type("rds ENGINE_VERSION");
  assert.deepEqual(await shown(page).locator(".name").allInnerTexts(), ["orders"]);
  assert.equal(await page.locator("#count").innerText(), "1 of 36 resources");
  assert.equal(await page.locator("#nodes .box:not(.faint)").count(), 1);
  await page.keyboard.press("Escape");
  assert.equal(await shown(page).count(), 21);

  const toggle = page.getByRole("button", { name: "delete 2" });
  await toggle.click();
  assert.equal(await toggle.getAttribute("aria-pressed"), "true");
  assert.deepEqual(await shown(page).locator(".name").allInnerTexts(), ["exports", "old-cache"]);
  await page.getByRole("button", { name: "create 8" }).click();
  assert.equal(await shown(page).count(), 10);
  await toggle.click();
  assert.equal(await shown(page).count(), 8);
  await page.getByRole("button", { name: "create 8" }).click();

  await page.getByLabel("Only changes").uncheck();
  assert.equal(await shown(page).count(), 36);
  assert.equal(await page.locator("#nodes .box").count(), 36);
  await page.locator("#filter").fill("there is no such thing");
  assert.ok(await page.getByText("Nothing matches.").isVisible());
  await page.getByRole("button", { name: "Clear the filter" }).click();
  assert.equal(await shown(page).count(), 21);
}));

test("a click shows what changes in a resource", () => visit("shop", {}, async (page) => {
  await shown(page).first().click();
  assert.match(await heading(page), /orders/);
  const details = await page.locator("#details").innerText();
  for (const part of [
    "its data goes with the old instance", "the old object goes before the new one comes", "forces the replacement",
    "src/database.rs:31", "protected", "holds data", "aws:secretsmanager:Secret/database", "Denied by no-data-loss",
  ]) assert.ok(details.includes(part), `${part}: ${details}`);
  const version = page.locator("#details .change").first();
  assert.equal(await version.locator(".goes code").innerText(), '"15.6"');
  assert.equal(await version.locator(".comes code").innerText(), '"16.3"');
  const secret = page.locator("#details .change", { hasText: "master_password" });
  assert.deepEqual(await secret.locator("code").allInnerTexts(), ["secret", "secret"]);
  assert.equal(new URL(page.url()).hash, `#${DATABASE}`);
  assert.ok(await box(page, DATABASE).evaluate((one) => one.classList.contains("selected")));

  await page.locator("#details a", { hasText: "aws:secretsmanager:Secret/database" }).click();
  await page.locator("#details h2", { hasText: "database" }).waitFor();
  assert.ok((await page.locator("#details").innerText()).includes(`known after apply, waits for ${DATABASE}`));
  await page.goBack();
  await page.locator("#details h2", { hasText: "orders" }).waitFor();

  await box(page, "aws:iam:Role/web").click();
  assert.match(await heading(page), /web/);
  const policy = page.locator("#details .change");
  assert.equal(await policy.locator(".goes").count(), 1, "only the lines that differ");
  assert.ok(await policy.locator(".stays").count() > 3);
  await page.locator("#details summary").click();
  await page.locator("#details .whole", { hasText: 'stack = "shop"' }).waitFor();
  await page.getByRole("button", { name: "← Overview" }).click();
  assert.equal(await heading(page), "Overview");
}));

test("keys alone are enough", () => visit("shop", {}, async (page) => {
  await page.keyboard.press("j");
  assert.match(await heading(page), /orders/);
  await page.keyboard.press("j");
  assert.match(await heading(page), /exports/);
  await page.keyboard.press("k");
  assert.match(await heading(page), /orders/);
  await page.keyboard.press("Escape");
  assert.equal(await heading(page), "Overview");

  const order = [];
  await page.locator("#theme").focus();
  for (let step = 0; step < 14; step++) {
    await page.keyboard.press("Tab");
    const [name, outlined] = await page.evaluate(() => {
      const focused = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(focused);
      const drawn = focused.querySelector?.(".ground");
      const around = drawn ? getComputedStyle(drawn).strokeWidth : outlineWidth;
      return [focused.id || focused.textContent, (drawn || outlineStyle !== "none") && parseFloat(around) >= 2];
    });
    assert.ok(outlined, `${name} shows no focus`);
    order.push(name);
  }
  assert.equal(order[0], "filter");
  assert.ok(order.indexOf("list") > order.indexOf("only-changes"), order.join());

  await page.locator("#list").focus();
  await page.keyboard.press("End");
  const option = await page.evaluate(() => document.getElementById("list").getAttribute("aria-activedescendant"));
  assert.equal(await page.locator(`#${option}`).getAttribute("aria-selected"), "true");
  assert.equal(await page.locator("[role=option][aria-selected=true]").count(), 1);
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "details");

  await box(page, DATABASE).focus();
  await page.keyboard.press("ArrowDown");
  const reached = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  assert.notEqual(reached, `replace ${DATABASE}`);
  await page.keyboard.press("Enter");
  assert.ok(reached.endsWith((await heading(page)).split(/\s+/).at(-1)), `${reached}: ${await heading(page)}`);

  await page.keyboard.press("?");
  assert.ok(await page.locator("#help").isVisible());
  await page.keyboard.press("Escape");
  assert.ok(!(await page.locator("#help").isVisible()));
}));

test("the graph is moved and zoomed", () => visit("shop", {}, async (page) => {
  const start = await transform(page);
  await page.getByRole("button", { name: "Zoom in" }).click();
  const closer = await transform(page);
  assert.ok(closer.scale > start.scale);
  await page.keyboard.press("-");
  await page.keyboard.press("-");
  assert.ok((await transform(page)).scale < start.scale);
  await page.keyboard.press("0");
  assert.deepEqual(await transform(page), start);
  await page.keyboard.press("+");
  assert.ok((await transform(page)).scale > start.scale);
  await page.getByRole("button", { name: "Fit" }).click();

  const area = await page.locator("#graph").boundingBox();
  const [x, y] = [area.x + 20, area.y + area.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y + 30, { steps: 4 });
  await page.mouse.up();
  const dragged = await transform(page);
  assert.ok(Math.abs(dragged.x - start.x - 60) < 20 && Math.abs(dragged.y - start.y - 30) < 15, JSON.stringify(dragged));
  assert.equal(await heading(page), "Overview", "a drag chooses nothing");

  // What is below the pointer stays there.
  const below = (at) => ({ x: (x - area.x - at.x) / at.scale, y: (y - area.y - at.y) / at.scale });
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, -200);
  await page.waitForFunction((scale) =>
    new DOMMatrix(getComputedStyle(document.getElementById("view")).transform).a > scale, dragged.scale);
  const [one, other] = [below(dragged), below(await transform(page))];
  assert.ok(Math.hypot(one.x - other.x, one.y - other.y) < 1, JSON.stringify([one, other]));
}));

test("two fingers zoom the graph", () => visit("shop", { hasTouch: true }, async (page) => {
  const start = await transform(page);
  const area = await page.locator("#graph").boundingBox();
  const [x, y] = [area.x + area.width / 2, area.y + area.height / 2];
  const session = await page.context().newCDPSession(page);
  const touch = (type, apart) => session.send("Input.dispatchTouchEvent", {
    type, touchPoints: apart ? [{ x: x - apart, y, id: 1 }, { x: x + apart, y, id: 2 }] : [],
  });
  await touch("touchStart", 40);
  for (const apart of [60, 90, 120]) await touch("touchMove", apart);
  await touch("touchEnd");
  const { scale } = await transform(page);
  assert.ok(scale > 1.8 * start.scale, `${start.scale} became ${scale}`);
}));

test("an address leads to a resource", () => visit("shop", { fragment: "#aws:s3:Bucket/uploads" }, async (page) => {
  assert.match(await heading(page), /uploads/);
  assert.ok((await page.locator("#details").innerText()).includes("Changed outside"));
  await page.evaluate(() => {
    location.hash = "#aws:ec2:Vpc/main";
  });
  await page.locator("#details h2", { hasText: "main" }).waitFor();
  assert.ok(await page.locator("[role=option][aria-selected=true]").isVisible(), "the filter gives way");
}));

test("several previews have tabs", () => visit("several", { fragment: "#shop/prod#aws:s3:Bucket/uploads" }, async (page) => {
  assert.match(await page.locator("h1").innerText(), /prod/);
  assert.match(await heading(page), /uploads/);
  const tabs = page.getByRole("tab");
  assert.equal(await tabs.count(), 3);
  await tabs.nth(0).click();
  assert.match(await page.locator("h1").innerText(), /shop \/ dev$/);
  assert.equal(await heading(page), "Overview");
  await page.keyboard.press("End");
  assert.equal(await tabs.nth(2).getAttribute("aria-selected"), "true");
  assert.match(await page.locator("#error").innerText(), /the key is not one\n {2}try: `stack seal`/);
  assert.ok(!(await page.locator("#panes").isVisible()));
  await page.keyboard.press("[");
  await page.locator("h1", { hasText: "prod" }).waitFor();
  assert.ok(await page.locator("#panes").isVisible());
  await picture(page, "several");
}));

test("nothing to do is said", () => visit("still", {}, async (page) => {
  assert.match(await page.locator("#summary").innerText(), /^no changes; 1 unchanged$/);
  assert.match(await page.locator("#details").innerText(), /An apply would do nothing/);
  assert.equal(await shown(page).count(), 1);
}));

test("what may change without showing is said", () => visit("redacted", {}, async (page) => {
  const details = page.locator("#details");
  assert.match(await page.locator("#alerts").innerText(), /planned without secrets: some may change/);
  assert.match(await page.locator("#facts").innerText(), /the snapshot of state 7/);
  const overview = await details.innerText();
  assert.match(overview, /No change shows; where secrets go into, something may change\./);
  assert.match(overview, /Planned by a redacted snapshot: no secret is known, and no cloud was asked\./);
  assert.match(overview, /a:b:C\/same\s+value\.key, value\.keys\[1\]/);
  assert.match(overview, /outputs\s+URL/);
  await details.getByText("a:b:C/same").click();
  // A link changes the address, and the page follows it a moment later.
  await details.locator("h2", { hasText: "same" }).waitFor();
  assert.match(await details.innerText(), /May change: its secrets could not be compared: value\.key, value\.keys\[1\]/);
  await page.locator("#tab-1").click();
  await page.locator("#tab-1[aria-selected=true]").waitFor();
  assert.match(await details.innerText(), /There is no snapshot of this environment: it is planned as if nothing were there\./);
}));

test("what a cloud says is text", () => visit("hostile", {}, async (page) => {
  await page.keyboard.press("j");
  const details = await page.locator("#details").innerText();
  const said = await page.evaluate(() => JSON.parse(document.getElementById("previews").textContent).previews[0].environment);
  assert.ok(said.includes("</script>") && details.includes(said), details);
  await page.locator("#details summary").click();
  await page.locator("#details .whole .line").first().waitFor();
  const made = await page.evaluate(() => [
    window.harmed ?? null, document.querySelectorAll("img, iframe, object, b").length, document.scripts.length,
    [...document.querySelectorAll("a")].every((link) => link.getAttribute("href").startsWith("#")),
  ]);
  assert.deepEqual(made, [null, 0, 2, true]);
}));

for (const colorScheme of ["light", "dark"]) {
  test(`everything can be read when it is ${colorScheme}`, () => visit("shop", { colorScheme }, async (page) => {
    assert.deepEqual(await page.evaluate(unreadable), []);
    await page.locator("#filter").fill("web");
    for (let step = 0; step < 21; step++) {
      await page.keyboard.press(step === 0 ? "Enter" : "j");
      assert.deepEqual(await page.evaluate(unreadable), [], await heading(page));
      if (step === 0) await page.locator("#filter").fill("");
      if (step === 0) await page.locator("#list").focus();
    }
    await page.goto(address("shop", `#${DATABASE}`));
    await picture(page, `resource-${colorScheme}`);
  }));
}

test("the theme can be chosen", () => visit("shop", { colorScheme: "light" }, async (page) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  const theme = page.locator("#theme");
  await theme.click();
  assert.equal(await theme.innerText(), "Theme: light");
  assert.equal(await ground(), light);
  await theme.click();
  assert.equal(await theme.innerText(), "Theme: dark");
  assert.notEqual(await ground(), light);
  assert.deepEqual(await page.evaluate(unreadable), []);
  await page.reload();
  assert.equal(await theme.innerText(), "Theme: dark", "it is kept where the browser keeps anything");
}));

test("a narrow window scrolls one way only", () => visit("several", { viewport: PHONE }, async (page) => {
  const widths = () => page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  const fits = async () => {
    const [needed, there] = await widths();
    assert.ok(needed <= there, `${needed} of ${there}`);
  };
  await fits();
  await picture(page, "narrow");
  for (let step = 0; step < 8; step++) {
    await page.keyboard.press("j");
    await fits();
  }
  await shown(page).nth(2).click();
  await page.waitForFunction(() => document.querySelector("#details h2").getBoundingClientRect().bottom < innerHeight);
  await page.locator("#graph").scrollIntoViewIfNeeded();
  assert.ok((await page.locator("#graph").boundingBox()).width > 300);
  await page.keyboard.press("]");
  await page.keyboard.press("]");
  await fits();
}));

test("on paper every change is there", () => visit("shop", {}, async (page) => {
  await page.pdf();
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("#paper article").count(), 22);
  assert.ok(await page.locator("#paper").isVisible());
  assert.ok(!(await page.locator("#panes").isVisible()));
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.equal(await page.locator("#paper article").count(), 0);
}));

test("2,000 resources open at once, and what is not drawn is said", () => visit("large", {}, async (page) => {
  const start = performance.now();
  await page.goto("about:blank");
  await page.goto(address("large"));
  assert.equal(await page.locator("#count").innerText(), "2000 of 2000 resources");
  assert.equal(await page.locator("#nodes .box").count(), 300);
  const opened = performance.now() - start;
  assert.ok(opened < 3000, `it took ${Math.round(opened)} ms`);
  assert.equal(await page.locator("#caption").innerText(), "The first 300 of 2000 are drawn; a filter shows others.");
  const typed = performance.now();
  await page.locator("#filter").fill("resource-19");
  assert.equal(await page.locator("#count").innerText(), "100 of 2000 resources");
  assert.ok(performance.now() - typed < 1500);
  assert.match(await page.locator("#caption").innerText(), /^\d+ of 2000 resources: 100, and \d+ next to them$/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("End");
  assert.match(await heading(page), /resource-1999/);
  console.log(`2,000 resources open in ${Math.round(opened)} ms`);
}));

const layout = fs.readFileSync(path.join(__dirname, "../src/page/layout.js"), "utf8");
const { layered } = new Function(`${layout}; return { layered };`)();
const SIZE = { breadth: 100, depth: 40, gap: 10, between: 30, bend: 0 };

test("no boxes lie on one another, and every arrow points down", () => {
  let seed = 7;
  const random = (below) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  for (let round = 0; round < 60; round++) {
    const count = 1 + random(60);
    const edges = Array.from({ length: random(2 * count) }, () => [random(count), random(count)])
      .filter(([from, to]) => from !== to)
      .map(([from, to]) => [Math.max(from, to), Math.min(from, to)]);
    const most = round % 3 === 0 ? Infinity : 2 + random(5);
    const { places, paths } = layered(count, edges, SIZE, most);
    for (const [from, to] of edges) assert.ok(places[from].across < places[to].across, `${round}: ${from} to ${to}`);
    assert.equal(paths.length, edges.length);
    places.forEach((one, index) => places.slice(index + 1).forEach((other, further) => {
      const apart = Math.abs(one.along - other.along) >= 99.9 || Math.abs(one.across - other.across) >= 39.9;
      assert.ok(apart, `${round}: ${index} and ${index + 1 + further}`);
    }));
  }
});

test("a long chain and a cycle come to an end", () => {
  const chain = Array.from({ length: 4999 }, (_, at) => [at + 1, at]);
  assert.equal(layered(5000, chain, SIZE).places.length, 5000);
  const { places } = layered(3, [[0, 1], [1, 2], [2, 0]], SIZE);
  assert.equal(new Set(places.map((place) => place.across)).size, 3);
});
