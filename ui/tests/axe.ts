// What axe has against a page as it stands, a line each.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright-core";

export async function against(page: Page): Promise<string[]> {
  // The page's clock stands still for the tests; axe needs one that runs.
  await page.clock.resume();
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} ${failureSummary}`)}`,
  );
}
