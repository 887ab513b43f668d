// One training, seen at every width, in both themes and languages. Writes PLACE/*.png.
import { join } from "node:path";
import { lab, quit, until } from "../../../viewer/tests/browser/lab.mjs";

const { page, context } = await lab("lesson=switch-off");
await until(page, ["idle"]);
await page.getByRole("button", { name: "Train", exact: true }).click();
await until(page, ["solved"]);
await page.locator("[data-head=L0H0]").getByRole("radio", { name: "off", exact: true }).check();
await page.locator(".without", { hasText: "512" }).waitFor();
/** Shows something else of the same training. */
const turn = async (parts) => {
  await page.evaluate((parts) => {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const [name, value] of Object.entries(parts)) given.set(name, value);
    location.hash = given.toString();
  }, parts);
  await page.waitForTimeout(300);
};
for (const width of [390, 1280, 1920]) {
  await page.setViewportSize({ width, height: width < 500 ? 844 : Math.round((width * 9) / 16) });
  for (const theme of ["light", "dark"]) {
    for (const language of ["en", "zh"]) {
      await turn({ theme, language });
      const path = join(process.env.PLACE, `${width}-${theme}-${language}.png`);
      await page.screenshot({ path, fullPage: true });
      console.log(path);
    }
  }
}
await context.close();
await quit();
