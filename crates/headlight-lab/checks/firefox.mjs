// Firefox, steered by Marionette, the protocol below its WebDriver: JSON messages with their length before them. The variable FIREFOX is the path of the
// browser.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";

/** A port of its own choosing, pages alone in the window, and files saved without a question. */
const preferences = (downloads) => ({
  "marionette.port": 0,
  // Nobody listens there, so that nothing can be reached.
  "network.proxy.type": 1,
  "network.proxy.http": "127.0.0.1",
  "network.proxy.http_port": 1,
  "network.proxy.ssl": "127.0.0.1",
  "network.proxy.ssl_port": 1,
  "network.proxy.allow_hijacking_localhost": true,
  "browser.download.dir": downloads,
  "browser.download.folderList": 2,
  "browser.download.alwaysOpenPanel": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "intl.accept_languages": "en-US, en",
});

export class Firefox {
  #process;
  #socket;
  #folder;
  #next = 0;
  #waiting = new Map();
  #received = Buffer.alloc(0);
  #taken = new Set();

  /** Starts the browser with an empty profile, without network. */
  static async launch() {
    const firefox = new Firefox();
    await firefox.#start();
    return firefox;
  }

  /** Waits for the file that a page saves, and gives its path. */
  async downloaded() {
    for (let wait = 0; ; wait++) {
      const names = readdirSync(this.#downloads).filter((name) => !this.#taken.has(name));
      // What is still coming has a second file beside it.
      if (names.length === 1 && !names[0].endsWith(".part") && statSync(join(this.#downloads, names[0])).size > 0) {
        this.#taken.add(names[0]);
        return join(this.#downloads, names[0]);
      }
      assert.ok(wait < 1200, "the file is saved");
      await pause(50);
    }
  }

  get #downloads() {
    return join(this.#folder, "downloads");
  }

  async #start() {
    this.#folder = mkdtempSync(join(tmpdir(), "headlight-firefox-"));
    const profile = join(this.#folder, "profile");
    mkdirSync(profile);
    mkdirSync(this.#downloads);
    const lines = Object.entries(preferences(this.#downloads)).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`);
    writeFileSync(join(profile, "user.js"), lines.join(""));
    const options = ["--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", profile, "about:blank"];
    this.#process = spawn(process.env.FIREFOX ?? assert.fail("FIREFOX is not set: run checks/run"), options, { stdio: "ignore" });
    const portFile = join(profile, "MarionetteActivePort");
    for (let wait = 0; !existsSync(portFile) || readFileSync(portFile, "utf8") === ""; wait++) {
      assert.ok(wait < 600 && this.#process.exitCode === null, "Firefox does not start");
      await pause(100);
    }
    this.#socket = connect(Number(readFileSync(portFile, "utf8")), "127.0.0.1");
    this.#socket.on("data", (bytes) => this.#receive(bytes));
    await once(this.#socket, "connect");
    await this.#send("WebDriver:NewSession", { timeouts: { script: 120_000 } });
    await this.#inBrowser(() => {
      // What a page or its worker asks for, not what Firefox itself would know.
      const asked = [];
      Services.obs.addObserver((channel) => {
        const { loadInfo, URI } = channel.QueryInterface(Ci.nsIHttpChannel);
        if (!loadInfo.triggeringPrincipal.isSystemPrincipal) asked.push(URI.spec);
      }, "http-on-opening-request");
      globalThis.headlightAsked = asked;
    });
  }

  #receive(bytes) {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const colon = this.#received.indexOf(":");
      const end = colon + 1 + Number(this.#received.toString("latin1", 0, colon));
      if (colon < 0 || this.#received.length < end) return;
      const message = JSON.parse(this.#received.toString("utf8", colon + 1, end));
      this.#received = this.#received.subarray(end);
      // The first message is no answer: it says which version speaks.
      if (!Array.isArray(message)) continue;
      const [, id, error, result] = message;
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) reject(new Error(`${error.error}: ${error.message}`));
      else resolve(result?.value ?? null);
    }
  }

  #send(command, parameters = {}) {
    const id = this.#next++;
    const text = JSON.stringify([0, id, command, parameters]);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
  }

  async #inBrowser(run) {
    await this.#send("Marionette:SetContext", { value: "chrome" });
    const value = await this.#send("WebDriver:ExecuteScript", { script: `return (${run})();`, args: [], sandbox: "system", newSandbox: false });
    await this.#send("Marionette:SetContext", { value: "content" });
    return value;
  }

  /** Opens a page from disk. */
  async open(path, fragment = "") {
    // Another fragment alone would leave the page as it is.
    await this.#send("WebDriver:Navigate", { url: "about:blank" });
    await this.#send("WebDriver:Navigate", { url: `${pathToFileURL(path).href}#${fragment}` });
  }

  /** What a function gives in the page. */
  evaluate(run, ...args) {
    return this.#send("WebDriver:ExecuteScript", { script: `return (${run}).apply(null, arguments);`, args, sandbox: null });
  }

  /** Waits until a function says true in the page. */
  async until(run, ...args) {
    const begun = Date.now();
    while (!(await this.evaluate(run, ...args))) {
      if (Date.now() - begun > 60_000) {
        assert.fail(`${run} does not come true: ${JSON.stringify(await this.evaluate(() => document.documentElement.dataset))}`);
      }
      await pause(50);
    }
  }

  /** Clicks what a CSS selector finds, as a hand does. */
  async click(selector) {
    await this.evaluate((selector) => document.querySelector(selector)?.scrollIntoView({ block: "center", behavior: "instant" }), selector);
    // Where it stands is where it stays: the page may still be making room for something.
    const place = () => this.evaluate((selector) => JSON.stringify(document.querySelector(selector)?.getBoundingClientRect()), selector);
    for (let [before, now] = ["", await place()]; before !== now; [before, now] = [now, await place()]) await pause(150);
    await this.#send("WebDriver:ElementClick", { id: await this.#find(selector) });
  }

  /** Types into what a CSS selector finds. */
  async type(selector, text) {
    await this.#send("WebDriver:ElementSendKeys", { id: await this.#find(selector), text });
  }

  reload() {
    return this.#send("WebDriver:Refresh");
  }

  async #find(selector) {
    const element = await this.#send("WebDriver:FindElement", { using: "css selector", value: selector });
    return Object.values(element)[0];
  }

  /** What went wrong or was asked for since it was launched. */
  wrong() {
    return this.#inBrowser(() => {
      const errors = Services.console
        .getMessageArray()
        .filter((each) => each instanceof Ci.nsIScriptError && /^(file|blob):/.test(each.sourceName))
        .map((each) => `the console: ${each.errorMessage}`);
      return [...errors, ...globalThis.headlightAsked.map((url) => `asked for ${url}`)];
    });
  }

  async close() {
    const ended = once(this.#process, "exit");
    this.#send("Marionette:Quit", { flags: ["eForceQuit"] }).catch(() => undefined);
    await ended;
    this.#socket.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
