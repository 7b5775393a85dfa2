"use strict";
// What `run` describes. Each check gives its faults as texts; at the end planted faults must be found by the same checks.

const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");
const puppeteer = require("puppeteer-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const site = path.resolve(process.argv[2]);
const pictures = process.argv[3] && path.resolve(process.argv[3]);
const faults = [];
const WIDTHS = { narrow: { width: 360, height: 740 }, wide: { width: 1440, height: 900 } };
const SCHEMES = ["light", "dark"];

const address = (name) => pathToFileURL(path.join(site, name)).href;

/** Every page of rules, by its path. */
function pagesOfRules() {
  const found = [];
  for (const folder of fs.readdirSync(path.join(site, "rules")).sort()) {
    for (const file of fs.readdirSync(path.join(site, "rules", folder)).sort()) found.push(`rules/${folder}/${file}`);
  }
  return found;
}

/** Some pages of rules: the shortest, the longest, and those in which something is that others lack. */
function some(rules) {
  const texts = new Map(rules.map((name) => [name, fs.readFileSync(path.join(site, name), "utf8")]));
  const bySize = [...rules].sort((one, other) => texts.get(one).length - texts.get(other).length);
  const first = (part) => rules.find((name) => texts.get(name).includes(part));
  const parts = ["id=\"counts\"", "id=\"counted\"", "id=\"deployed\"", "There is no query.", "Approximate:", "id=\"tests\""];
  return [...new Set([bySize[0], bySize.at(-1), ...parts.map(first)].filter(Boolean))];
}

async function openPage(browser, name, { size = WIDTHS.wide, scheme = "light", script = true } = {}) {
  const page = await browser.newPage();
  await page.setViewport(size);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.setJavaScriptEnabled(script);
  page.on("console", (message) => message.type() === "error" && faults.push(`${name}: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`${name}: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(pathToFileURL(site).href)) faults.push(`${name}: asks for ${request.url()}`);
  });
  await page.goto(address(name));
  return page;
}

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"], preload: false }));
  return found.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 120)} (${one.nodes.length})`);
}

/** How far a page can be moved sideways. */
const sideways = (page) =>
  page.evaluate(() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth);

/** What can have the focus and is shown, but is not reached by Tab, or shows no focus. */
async function unreached(page) {
  const wanted = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")];
    const shown = all.filter((one) => one.getAttribute("tabindex") !== "-1" || one.tagName === "A");
    const open = shown.filter((one) => one.checkVisibility({ contentVisibilityAuto: false }));
    open.forEach((one, at) => (one.dataset.at = at));
    document.activeElement.blur();
    return open.length;
  });
  const met = new Set();
  const wrong = [];
  for (let step = 0; step <= wanted + 2; step += 1) {
    await page.keyboard.press("Tab");
    const [at, visible, html] = await page.evaluate(() => {
      const one = document.activeElement;
      const style = getComputedStyle(one);
      return [one.dataset.at, style.outlineStyle !== "none" && style.outlineWidth !== "0px", one.outerHTML.slice(0, 80)];
    });
    // The page itself, before the first and after the last.
    if (at == null) continue;
    met.add(at);
    if (!visible) wrong.push(`the focus is not seen on ${html}`);
  }
  if (met.size < wanted) wrong.push(`${wanted - met.size} of ${wanted} are not reached by Tab`);
  return wrong;
}

const shownRows = (page) => page.$$eval("#rules > li", (rows) => rows.filter((row) => !row.hidden).length);

async function until(page, test, ...args) {
  await page.waitForFunction(test, { timeout: 5000, polling: 50 }, ...args);
}

async function searching(browser, total) {
  const page = await openPage(browser, "index.html");
  const say = (text) => faults.push(`search: ${text}`);
  if ((await shownRows(page)) !== total) say(`${await shownRows(page)} of ${total} rules are shown at first`);
  await page.keyboard.press("/");
  if ((await page.evaluate(() => document.activeElement.id)) !== "q") say("`/` does not lead there");
  // A word of the last rule narrows the list to what has it.
  const word = await page.$eval("#rules > li:last-child", (row) => row.dataset.find.split(" ").at(-1));
  await page.keyboard.type(word);
  await until(page, (all) => !document.getElementById("count").textContent.startsWith(all), `${total} `);
  const left = await shownRows(page);
  const right = await page.$$eval("#rules > li", (rows, word) =>
    rows.every((row) => row.hidden !== `${row.textContent} ${row.dataset.find}`.toLowerCase().includes(word)), word);
  if (left === 0 || left >= total || !right) say(`\`${word}\` leaves ${left} of ${total}`);
  if (!(await page.url()).includes(`q=`)) say("the address does not hold what is looked for");
  await page.keyboard.type(" nothinghasthis");
  await until(page, () => !document.getElementById("none").hidden);
  await page.click("#clear");
  await until(page, (all) => document.getElementById("count").textContent.startsWith(all), `${total} `);
  for (const id of ["product", "level", "attack"]) {
    const [value, count] = await page.$eval(`#${id}`, (field) => {
      const option = field.querySelectorAll("option")[1];
      return [option.value, Number(/\((\d+)\)$/.exec(option.textContent)[1])];
    });
    await page.select(`#${id}`, value);
    await new Promise((done) => setTimeout(done, 200));
    if ((await shownRows(page)) !== count) say(`${id} ${value} leaves ${await shownRows(page)} of ${count}`);
    await page.select(`#${id}`, "");
  }
  await page.close();
}

async function matrix(browser) {
  const page = await openPage(browser, "coverage.html");
  const cells = await page.$$eval(".matrix td a", (links) => links.map((link) => [link.href, link.textContent]));
  for (const [href, count] of [cells[0], cells[Math.floor(cells.length / 2)], cells.at(-1)]) {
    await page.goto(href);
    await page.reload();
    const shown = await shownRows(page);
    // A technique stands for its parts too.
    if (shown < Number(count)) faults.push(`coverage: ${href} shows ${shown} of ${count}`);
  }
  await page.close();
}

async function copying(browser, name) {
  const say = (text) => faults.push(`${name}: copy: ${text}`);
  for (const fallback of [false, true]) {
    const page = await openPage(browser, name);
    const session = await page.createCDPSession();
    await session.send("Browser.grantPermissions", { permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    if (fallback) {
      await page.evaluate(() => {
        window.read = navigator.clipboard.readText.bind(navigator.clipboard);
        Object.defineProperty(navigator, "clipboard", { value: undefined });
      });
    } else {
      await page.evaluate(() => (window.read = navigator.clipboard.readText.bind(navigator.clipboard)));
    }
    await page.bringToFront();
    for (const id of await page.$$eval("button[data-copy]", (all) => all.map((one) => one.dataset.copy))) {
      await page.focus(`button[data-copy="${id}"]`);
      await page.keyboard.press("Enter");
      await until(page, (id) => document.querySelector(`button[data-copy="${id}"]`).textContent.startsWith("Copied"), id);
      const said = await page.$eval("#said", (one) => one.textContent);
      const holds = async (id) => (await window.read()) === document.getElementById(id).textContent;
      // The clipboard of the system may take a moment.
      await until(page, holds, id).catch(() =>
        say(`the clipboard does not hold ${id}${fallback ? ", without its interface" : ""}`));
      if (!said) say("nothing is said of it");
    }
    await page.close();
  }
}

async function withoutScript(browser, total) {
  const page = await openPage(browser, "index.html", { script: false });
  const session = await page.createCDPSession();
  const { root } = await session.send("DOM.getDocument", { depth: 0 });
  const count = async (selector) =>
    (await session.send("DOM.querySelectorAll", { nodeId: root.nodeId, selector })).nodeIds.length;
  if ((await count("#rules > li:not([hidden])")) !== total) faults.push("without a script not all rules are listed");
  if ((await count("#search[hidden]")) !== 1) faults.push("without a script a form is shown that does nothing");
  await page.close();
}

/** Faults that are put into a page, which the checks must find. */
async function planted(browser) {
  const page = await openPage(browser, "index.html", { size: WIDTHS.narrow });
  await page.evaluate(() => {
    const wide = document.createElement("div");
    wide.style.setProperty("width", "900px");
    wide.textContent = "wide";
    const pale = document.createElement("p");
    pale.textContent = "pale";
    const image = document.createElement("img");
    const button = document.createElement("button");
    document.querySelector("main").append(wide, pale, image, button);
    pale.style.setProperty("color", "#ccc");
    wide.style.setProperty("background", "#fff");
    document.querySelector("nav a").tabIndex = -1;
  });
  const found = await violations(page);
  for (const id of ["image-alt", "button-name"]) {
    if (!found.some((one) => one.startsWith(id))) faults.push(`planted: axe does not find ${id}`);
  }
  if ((await sideways(page)) <= 0) faults.push("planted: what is too wide is not found");
  if ((await unreached(page)).length === 0) faults.push("planted: what Tab does not reach is not found");
  await page.close();
}

async function main() {
  const rules = pagesOfRules();
  const sample = some(rules);
  const options = ["--disable-gpu", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])];
  const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, headless: true, args: options });
  if (pictures) fs.mkdirSync(pictures, { recursive: true });
  let looked = 0;
  for (const name of ["index.html", "coverage.html", ...sample]) {
    for (const [word, size] of Object.entries(WIDTHS)) {
      for (const scheme of SCHEMES) {
        const page = await openPage(browser, name, { size, scheme });
        const where = `${name}, ${word}, ${scheme}`;
        if (pictures) {
          const file = `${name.replace(/[^a-z_]+/g, "-").replace("-html", "")}-${word}-${scheme}.png`;
          await page.screenshot({ path: path.join(pictures, file), clip: { x: 0, y: 0, width: size.width, height: size.height * 2 } });
        }
        await page.$$eval("details", (all) => all.forEach((one) => (one.open = true)));
        for (const one of await violations(page)) faults.push(`${where}: ${one}`);
        if ((await sideways(page)) > 0) faults.push(`${where}: scrolls sideways`);
        looked += 1;
        await page.close();
      }
    }
    const page = await openPage(browser, name);
    for (const one of await unreached(page)) faults.push(`${name}: ${one}`);
    await page.close();
  }
  // Every page of a rule is one that the list leads to, and none scrolls sideways.
  const list = await openPage(browser, "index.html");
  const linked = new Set(await list.$$eval("#rules a", (links) => links.map((link) => link.getAttribute("href"))));
  for (const name of rules.filter((name) => !linked.has(name))) faults.push(`${name}: the list does not lead there`);
  await list.close();
  const page = await openPage(browser, "index.html", { size: WIDTHS.narrow });
  for (const name of rules) {
    await page.goto(address(name), { waitUntil: "domcontentloaded" });
    if ((await sideways(page)) > 0) faults.push(`${name}: scrolls sideways`);
  }
  await page.close();
  await searching(browser, rules.length);
  await matrix(browser);
  await copying(browser, sample.at(-1));
  await withoutScript(browser, rules.length);
  await planted(browser);
  await browser.close();
  for (const fault of faults.slice(0, 40)) console.log(fault);
  console.log(`${rules.length + 2} pages, ${looked} views with axe: ${faults.length} faults`);
  process.exit(faults.length > 0 ? 1 : 0);
}

main().catch((error) => {
  console.error(error);
  process.exit(2);
});
