// The browser's side of check_netron.py: node netron.mjs URL SCREENSHOT. Prints the texts of the graph that Netron shows, as JSON.
import { createRequire } from 'node:module';

const { chromium } = createRequire(import.meta.url)('playwright-core');
const [url, screenshot] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const context = await browser.newContext({ viewport: { width: 1400, height: 1800 } });
// No network: what is not Netron's own server does not answer.
await context.route((asked) => !asked.href.startsWith(url), (route) => route.abort());
// Its question about cookies is answered, and it may not take eval away, which Playwright reads the page with.
await context.addCookies([{ name: 'consent', value: '1', url }]);
await context.addInitScript(() => {
  const kept = window.eval;
  Object.defineProperty(window, 'eval', { get: () => kept, set: () => {} });
});
const page = await context.newPage();
await page.goto(url);
await page.waitForFunction(() => document.querySelectorAll('svg text').length > 20, null, { timeout: 60000 });
const texts = await page.evaluate(() => [...document.querySelectorAll('svg text')].map((text) => text.textContent));
await page.screenshot({ path: screenshot });
await browser.close();
console.log(JSON.stringify([...new Set(texts)]));
